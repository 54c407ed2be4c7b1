"""Which statements of a dump a drill would load, leave out and refuse."""

from pathlib import Path

import pytest

from labcheck.facts.on_host.statements import read_dump

HEAD = "-- MySQL dump 10.13  Distrib 9.7.4\n/*!40101 SET NAMES utf8mb4 */;\n"
ITEM = (
    "DROP TABLE IF EXISTS `item`;\nCREATE TABLE `item` (\n  `id` int NOT NULL,\n  `select` varchar(9)\n);\n"
    "LOCK TABLES `item` WRITE;\n"
    "INSERT INTO `item` VALUES (1,'a;b\\'c -- d /* e'),(2,'USE x;\\n\\\\! id');\nUNLOCK TABLES;\n"
)
NO_DUMPS = {"garbage", "truncated-in-a-row"}
TAIL = "\n-- Dump completed on 2026-11-23  0:11:01\n"

# What is in the dump, its line from there, and what is said of it.
HOSTILE = {
    "shell": ("\\! touch /tmp/owned\n", 1, "is a command for the client"),
    "shell behind a statement": ("SELECT 1 \\! touch /tmp/owned\n;", 1, "is a command for the client"),
    "shell in a comment that MySQL opens": ("/*!50000 \\! touch /tmp/owned */;", 1, "is a command for the client"),
    "system": ("system touch /tmp/owned;\n", 1, "is a command for the client"),
    "source": ("source /etc/passwd\n", 1, "is a command for the client"),
    "tee": ("\ntee /tmp/owned\n;", 2, "is a command for the client"),
    "drop database": ("DROP DATABASE agama;", 1, "deletes a database"),
    "drop database, hidden": ("/*!40000 DROP /* x */ DATABASE */ agama;", 1, "deletes a database"),
    "load data": ("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE `item`;", 1, "reads a file"),
    "load xml": ("LOAD XML INFILE '/x' INTO TABLE `item`;", 1, "reads a file"),
    "outfile": ("SELECT 'x' INTO OUTFILE '/var/www/x.php';", 1, "writes a file"),
    "rows of another table": ("INSERT INTO `item` SELECT 1, Password FROM mysql.user;", 1, "reads what is not"),
    "another database's table": ("DROP TABLE IF EXISTS `agama`.`item`;", 1, "names a table of another database"),
    "insert elsewhere": ("INSERT INTO agama . item VALUES (1);", 1, "names a table of another database"),
    "update": ("UPDATE `item` SET id = 1;", 1, "nothing that a dump of tables holds"),
    "delete": ("DELETE FROM `item`;", 1, "nothing that a dump of tables holds"),
    "truncate": ("TRUNCATE TABLE `item`;", 1, "nothing that a dump of tables holds"),
    "grant": ("GRANT ALL ON *.* TO x@'%';", 1, "changes who may do what"),
    "account": ("CREATE USER x@'%';", 1, "changes who may do what"),
    "password": ("SET PASSWORD = 'x';", 1, "changes who may do what"),
    "setting": ("SET GLOBAL local_infile = 1;", 1, "changes the server's settings"),
    "setting behind another": ("SET @x = 1, @@GLOBAL.local_infile = 1;", 1, "changes the server's settings"),
    "persisted setting": ("/*!80000 SET PERSIST max_connections = 1 */;", 1, "changes the server's settings"),
    "shutdown": ("SHUTDOWN;", 1, "nothing that a dump of tables holds"),
    "function from a library": ("CREATE FUNCTION f RETURNS INT SONAME 'x.so';", 1, "nothing that a dump"),
    "directory": ("CREATE TABLE `x` (id int) DATA DIRECTORY='/tmp';", 1, "outside of the server's directory"),
    "another server": ("CREATE TABLE `x` (id int) CONNECTION='mysql://x/y';", 1, "reads another server"),
    "prepared": ("PREPARE s FROM 'DROP DATABASE agama';", 1, "nothing that a dump of tables holds"),
    "a quote that is not closed": ("INSERT INTO `item` VALUES (1,'x", 1, "breaks off"),
}  # fmt: skip

# What dumps hold besides tables: it is left out, and the rest is loaded.
LEFT_OUT = {
    "databases": "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `agama` /*!40100 CHARSET utf8mb4 */;\nUSE `agama`;\n",
    "add-drop-database": "/*!40000 DROP DATABASE IF EXISTS `agama`*/;\nCREATE DATABASE agama;\nUSE `agama`;\n",
    "another database first": "USE `mysql`;\nDROP TABLE IF EXISTS `user`;\nUSE `agama`;\n",
    "what others set": "SET @@SESSION.SQL_LOG_BIN= 0;\nSET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3e11fa47:1-5';\n",
    "a trigger": (
        "DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ "
        "/*!50003 TRIGGER `t` BEFORE INSERT ON `item` FOR EACH ROW begin delete from x; drop database agama; end */;;\n"
        "DELIMITER ;\n"
    ),
    "a view": (
        "/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`root`@`%` SQL SECURITY DEFINER */\n"
        "/*!50001 VIEW `v` AS select 1 AS `a` */;\n"
    ),
    "an event": "CREATE DEFINER=`root`@`localhost` EVENT `e` ON SCHEDULE EVERY 1 SECOND DO DROP DATABASE agama;\n",
    "where it was in the log": "CHANGE MASTER TO MASTER_LOG_FILE='binlog.1', MASTER_LOG_POS=157;\n",
}


@pytest.mark.parametrize(("words", "line", "what"), HOSTILE.values(), ids=HOSTILE)
def test_what_no_dump_holds_is_refused_with_its_line_and_nothing_is_loaded(words: str, line: int, what: str) -> None:
    reading = read_dump(f"{HEAD}{ITEM}{words}{TAIL}", "agama")
    found, said, shown = reading.refused[0]
    assert reading.program == ""
    assert found == line + f"{HEAD}{ITEM}".count("\n")
    assert what in said
    assert shown.split()[0] in words


@pytest.mark.parametrize("words", LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_dumps_hold_besides_tables_is_left_out(words: str) -> None:
    plain, with_it = read_dump(f"{HEAD}{ITEM}{TAIL}", "agama"), read_dump(f"{HEAD}{words}{ITEM}{TAIL}", "agama")
    assert with_it.refused == []
    assert with_it.program == plain.program
    assert with_it.left_out > 0


def test_a_whole_dump_is_loaded_as_it_is_but_for_its_comments() -> None:
    reading = read_dump(HEAD + ITEM + TAIL, "agama")
    assert reading.program == "".join((HEAD + ITEM).splitlines(keepends=True)[1:])
    assert (reading.tables, reading.completed, reading.refused) == ({"item"}, True, [])


def test_the_first_line_of_mariadb_is_left_out() -> None:
    for first in ("/*M!999999\\- enable the sandbox mode */ \n", "/*!999999\\- enable the sandbox mode */\n"):
        reading = read_dump(first + HEAD + ITEM + TAIL, "agama")
        assert (reading.refused, reading.left_out) == ([], 1)
        assert reading.program == read_dump(HEAD + ITEM + TAIL, "agama").program


def test_a_dump_that_breaks_off_is_not_completed() -> None:
    assert not read_dump(HEAD + ITEM, "agama").completed
    assert not read_dump("", "agama").completed
    assert not read_dump(HEAD + ITEM + TAIL + ITEM, "agama").completed


def test_one_table_alone_is_read_when_it_is_named() -> None:
    both = HEAD + ITEM + ITEM.replace("`item`", "`other`") + TAIL
    program = read_dump(both, "agama", "item").program
    assert program == read_dump(HEAD + ITEM + TAIL, "agama").program + "UNLOCK TABLES;\n"


def test_real_dumps_are_loaded_whole() -> None:
    for path in sorted((Path(__file__).parents[2] / "data" / "dump").glob("*.sql")):
        refused = read_dump(path.read_text(errors="surrogateescape"), "agama").refused
        assert bool(refused) == (path.stem in NO_DUMPS), (path, refused)
