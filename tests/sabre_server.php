<?php
// sabre/dav for many users over plain HTTP on loopback, for PHP's own server: php -S 127.0.0.1:PORT sabre_server.php
// with SABRE_BASE (a folder of its own) in the environment. People are rows of its database, put there by tests/sabre.py.
error_reporting(E_ALL & ~E_DEPRECATED & ~E_WARNING & ~E_NOTICE);  // it was written for an older PHP
ini_set('display_errors', '0');
ini_set('log_errors', '1');
date_default_timezone_set('UTC');
require_once 'Sabre/autoload.php';

$pdo = new PDO('sqlite:' . getenv('SABRE_BASE') . '/db.sqlite');
$pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$pdo->exec('PRAGMA busy_timeout = 20000');

final class People extends Sabre\DAV\Auth\Backend\AbstractBasic
{
    public function __construct(private PDO $pdo)
    {
    }

    protected function validateUserPass($user, $password)
    {
        $found = $this->pdo->prepare('SELECT password FROM people WHERE name = ?');
        $found->execute([$user]);
        $known = $found->fetchColumn();
        return $known !== false && hash_equals($known, $password);
    }
}

$principals = new Sabre\DAVACL\PrincipalBackend\PDO($pdo);
$server = new Sabre\DAV\Server([
    new Sabre\CalDAV\Principal\Collection($principals),
    new Sabre\CalDAV\CalendarRootNode($principals, new Sabre\CalDAV\Backend\PDO($pdo)),
    new Sabre\CardDAV\AddressBookRoot($principals, new Sabre\CardDAV\Backend\PDO($pdo)),
]);
$server->setBaseUri('/');
$server->addPlugin(new Sabre\DAV\Auth\Plugin(new People($pdo), 'sabre'));
$server->addPlugin(new Sabre\CalDAV\Plugin());
$server->addPlugin(new Sabre\CardDAV\Plugin());
$server->addPlugin(new Sabre\DAVACL\Plugin());
$server->exec();
