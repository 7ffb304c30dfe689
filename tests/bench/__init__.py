"""The same work by Mailferry and by its peers, in one run on one machine."""
