/*M!999999\- enable the sandbox mode */ 
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
INSERT INTO `odd` VALUES
(1,'it\'s \\ a \"quote\"\nnext	tab\rreturn\0zero\Zsub',0x00FF27,-1.50,0x05,'x'),
(2,NULL,NULL,NULL,NULL,NULL),
(3,'NULL','',0.00,0x00,''),
(4,'Zoë ☃ (1,\'x\'),(2',0x706C61696E,9999.99,0x01,'`');
