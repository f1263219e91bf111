--liquibase formatted sql

--changeset jones:1
CREATE TABLE orders (id bigint);
--rollback DROP TABLE orders;
