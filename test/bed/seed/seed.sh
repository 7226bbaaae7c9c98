#!/bin/bash
# Makes the data that an existing cloud would have: certificates, Fernet and credential keys, the identity database with
# both regions' endpoints, the databases of placement and glance. Runs once, inside a scratch copy of the image without a network.
# Reads /seed/secrets.env (passwords) and /seed/plan.json (topology); writes below /seed.
set -euo pipefail
here=$(dirname "$0")
. /seed/secrets.env

step() { echo "step: $*"; }

step "certificates"
bash "$here/certificates.sh"

step "starting a scratch MariaDB"
install -d -o mysql -g mysql -m 0755 /run/mysqld
install -d -o mysql -g mysql -m 0750 /seed/mysql
mariadb-install-db --user=mysql --datadir=/seed/mysql --skip-test-db --auth-root-authentication-method=socket >/dev/null
mariadbd --user=mysql --datadir=/seed/mysql --socket=/run/mysqld/mysqld.sock --skip-networking \
  --server-id="$FIRST_SERVER_ID" --log-bin=binlog --binlog-format=ROW --gtid-domain-id=0 \
  --innodb-log-file-size=16M --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=0 --performance-schema=OFF \
  >/tmp/mariadbd.log 2>&1 &
database=$!
for _ in $(seq 100); do mariadb-admin --silent ping >/dev/null 2>&1 && break; sleep 0.1; done

mariadb <<SQL
CREATE DATABASE keystone CHARACTER SET utf8mb3;
CREATE USER 'keystone'@'%' IDENTIFIED BY '$KEYSTONE_DATABASE_PASSWORD';
GRANT SELECT, INSERT, UPDATE, DELETE ON keystone.* TO 'keystone'@'%';
$(for account in $REPLICATION_ACCOUNTS; do
  echo "CREATE USER '$account'@'%' IDENTIFIED BY '$REPLICATION_PASSWORD';"
  echo "GRANT REPLICATION SLAVE ON *.* TO '$account'@'%';"
done)
CREATE USER 'haproxy'@'%';
CREATE USER 'regent'@'localhost' IDENTIFIED BY '$REGENT_DATABASE_PASSWORD';
GRANT READ_ONLY ADMIN, REPLICATION SLAVE ADMIN, REPLICATION MASTER ADMIN, SLAVE MONITOR, BINLOG MONITOR, BINLOG ADMIN,
  CONNECTION ADMIN, PROCESS, RELOAD, EVENT, SHOW DATABASES, CREATE USER, SUPER ON *.* TO 'regent'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON regent.* TO 'regent'@'localhost';
GRANT SELECT ON mysql.global_priv TO 'regent'@'localhost';
SQL

step "identity database"
install -d -o keystone -g keystone -m 0750 /seed/keystone
cat >/etc/keystone/keystone.conf <<CONF
[DEFAULT]
use_stderr = true
log_dir =
[database]
connection = mysql+pymysql://root@localhost/keystone?unix_socket=/run/mysqld/mysqld.sock
[fernet_tokens]
key_repository = /seed/keystone/fernet-keys
[credential]
key_repository = /seed/keystone/credential-keys
[token]
provider = fernet
[identity]
password_hash_rounds = 4
CONF
keystone-manage db_sync 2>/tmp/db_sync.log || { tail -n 20 /tmp/db_sync.log; exit 1; }
keystone-manage fernet_setup --keystone-user keystone --keystone-group keystone 2>/dev/null
keystone-manage credential_setup --keystone-user keystone --keystone-group keystone 2>/dev/null

step "users, projects and endpoints of both regions"
python3 "$here/identity.py" 2>/tmp/identity.log || { tail -n 20 /tmp/identity.log; exit 1; }

step "placement database"
install -d -o placement -g placement -m 0750 /seed/placement
printf '[placement_database]\nconnection = sqlite:////seed/placement/placement.sqlite\n' >/etc/placement/placement.conf
placement-manage db sync 2>/dev/null
chown placement:placement /seed/placement/placement.sqlite

step "glance database"
install -d -o glance -g glance -m 0750 /seed/glance /seed/glance/images
printf '[database]\nconnection = sqlite:////seed/glance/glance.sqlite\n' >/etc/glance/glance-api.conf
glance-manage db_sync >/tmp/glance.log 2>&1 || { tail -n 20 /tmp/glance.log; exit 1; }
chown glance:glance /seed/glance/glance.sqlite

step "one common replication position"
mariadb <<SQL
RESET MASTER;
CREATE DATABASE regent;
CREATE TABLE regent.heartbeat (id INT PRIMARY KEY, term BIGINT NOT NULL, node VARCHAR(255) NOT NULL, at_ms BIGINT NOT NULL);
SET @position = @@gtid_binlog_pos;
SET GLOBAL gtid_slave_pos = @position;
SQL
mariadb-admin shutdown
wait "$database"
rm -f /seed/mysql/ib_buffer_pool /seed/mysql/ibtmp1
