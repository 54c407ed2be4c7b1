/*M!999999\- enable the sandbox mode */ 

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
DROP TABLE IF EXISTS `odd`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `odd` (
  `id` int(11) NOT NULL,
  `note` text DEFAULT NULL,
  `bytes` blob DEFAULT NULL,
  `amount` decimal(6,2) DEFAULT NULL,
  `bits` bit(3) DEFAULT NULL,
  `a``b` varchar(20) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `odd` WRITE;
/*!40000 ALTER TABLE `odd` DISABLE KEYS */;
INSERT INTO `odd` (`id`, `note`, `bytes`, `amount`, `bits`, `a``b`) VALUES (1,'it\'s \\ a \"quote\"\nnext	tab\rreturn\0zero\Zsub','\0�\'',-1.50,'','x');
INSERT INTO `odd` (`id`, `note`, `bytes`, `amount`, `bits`, `a``b`) VALUES (2,NULL,NULL,NULL,NULL,NULL);
INSERT INTO `odd` (`id`, `note`, `bytes`, `amount`, `bits`, `a``b`) VALUES (3,'NULL','',0.00,'\0','');
INSERT INTO `odd` (`id`, `note`, `bytes`, `amount`, `bits`, `a``b`) VALUES (4,'Zoë ☃ (1,\'x\'),(2','plain',9999.99,'','`');
/*!40000 ALTER TABLE `odd` ENABLE KEYS */;
UNLOCK TABLES;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

