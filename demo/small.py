"""The story where Dovecot cannot be had: on pymap, which keeps everything in memory. Filled in below."""
