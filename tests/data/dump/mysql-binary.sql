CREATE TABLE `odd` (
  `id` int NOT NULL,
  `bytes` blob,
  `note` json DEFAULT NULL
) ENGINE=InnoDB;
INSERT INTO `odd` VALUES (1,_binary '\0\\\'x','{\"a\": \"it\'s\"}'),(2,NULL,NULL),(-3,_binary '',NULL),(4,0x00616263,'[1, 2]'),(5e10,1.5,'');
