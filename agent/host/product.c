/* SPDX-License-Identifier: Apache-2.0 */
/* The table of products, and matching against it. */
#define _GNU_SOURCE /* memmem */
#include "agent/host/product.h"

/* clang-format off */
const struct product product_table[] = {
    /* databases */
    {"mysql", "database", "MySQL 数据库", "MySQL", "Oracle",
     {"mysql-server-#", "mysql-community-server", "mysql-server"}, {"mysqld"}, NULL, 'V'},
    {"mariadb", "database", "MariaDB 数据库", "MariaDB", "MariaDB Foundation",
     {"mariadb-server", "mariadb-server-#", "MariaDB-server"}, {"mariadbd", "mysqld"}, NULL, 'D'},
    {"postgresql", "database", "PostgreSQL 数据库", "PostgreSQL", "PostgreSQL Global Development Group",
     {"postgresql-#", "postgresql-server", "postgresql#-server"}, {"postgres"}, NULL, 'D'},
    {"redis", "database", "Redis 内存数据库", "Redis", "Redis",
     {"redis-server", "redis", "redis#"}, {"redis-server"}, NULL, 'D'},
    {"mongodb", "database", "MongoDB 文档数据库", "MongoDB", "MongoDB, Inc.",
     {"mongodb-org-server", "mongodb-server"}, {"mongod"}, NULL, 'V'},
    {"memcached", "database", "Memcached 缓存数据库", "Memcached", NULL,
     {"memcached"}, {"memcached"}, NULL, 'D'},
    {"etcd", "database", "etcd 键值数据库", "etcd", "etcd",
     {"etcd-server", "etcd"}, {"etcd"}, NULL, 'D'},
    {"influxdb", "database", "InfluxDB 时序数据库", "InfluxDB", "InfluxData",
     {"influxdb", "influxdb2"}, {"influxd"}, NULL, 'D'},
    {"clickhouse", "database", "ClickHouse 列式数据库", "ClickHouse", "ClickHouse, Inc.",
     {"clickhouse-server"}, {"clickhouse-serv"}, NULL, 'V'},
    {"elasticsearch", "database", "Elasticsearch 搜索引擎", "Elasticsearch", "Elastic",
     {"elasticsearch"}, {NULL}, "org.elasticsearch.bootstrap.Elasticsearch", 'V'},
    {"opensearch", "database", "OpenSearch 搜索引擎", "OpenSearch", "OpenSearch",
     {"opensearch"}, {NULL}, "org.opensearch.bootstrap.OpenSearch", 'V'},
    {"oracle", "database", "Oracle 数据库", "Oracle Database", "Oracle",
     {"oracle-database-ee-#", "oracle-database-se#"}, {"tnslsnr"}, NULL, 'R'},
    {"dm", "database", "达梦数据库", "DM Database", "武汉达梦数据库股份有限公司",
     {NULL}, {"dmserver"}, NULL, 'R'},
    {"kingbase", "database", "金仓数据库", "KingbaseES", "中电科金仓(北京)科技股份有限公司",
     {"kingbase-server"}, {"kingbase"}, NULL, 'R'},
    {"opengauss", "database", "openGauss 数据库", "openGauss", "openGauss",
     {"opengauss", "opengauss-server"}, {"gaussdb"}, NULL, 'R'},
    {"gbase8a", "database", "GBase 8a 数据库", "GBase 8a", "天津南大通用数据技术股份有限公司",
     {NULL}, {"gbased", "gclusterd"}, NULL, 'R'},
    {"gbase8s", "database", "GBase 8s 数据库", "GBase 8s", "天津南大通用数据技术股份有限公司",
     {NULL}, {"oninit"}, NULL, 'R'},
    {"oscar", "database", "神通数据库", "OSCAR Database", "天津神舟通用数据技术有限公司",
     {NULL}, {"oscar"}, NULL, 'R'},
    {"oceanbase", "database", "OceanBase 数据库", "OceanBase", "北京奥星贝斯科技有限公司",
     {"oceanbase-ce", "oceanbase"}, {"observer"}, NULL, 'V'},
    {"tidb", "database", "TiDB 数据库", "TiDB", "北京平凯星辰科技发展有限公司",
     {"tidb"}, {"tidb-server"}, NULL, 'R'},
    {"tdengine", "database", "TDengine 时序数据库", "TDengine", "北京涛思数据科技有限公司",
     {"tdengine"}, {"taosd"}, NULL, 'V'},

    /* middleware */
    {"nginx", "middleware", "Nginx Web 服务器", "nginx", "F5 NGINX",
     {"nginx"}, {"nginx"}, NULL, 'D'},
    {"openresty", "middleware", "OpenResty Web 平台", "OpenResty", "OpenResty Inc.",
     {"openresty"}, {"openresty"}, NULL, 'V'},
    {"tengine", "middleware", "Tengine Web 服务器", "Tengine", "阿里巴巴",
     {"tengine"}, {NULL}, NULL, 'R'},
    {"apache-httpd", "middleware", "Apache HTTP 服务器", "Apache HTTP Server", "Apache Software Foundation",
     {"apache2", "httpd"}, {"apache2", "httpd"}, NULL, 'D'},
    {"lighttpd", "middleware", "lighttpd Web 服务器", "lighttpd", NULL,
     {"lighttpd"}, {"lighttpd"}, NULL, 'D'},
    {"caddy", "middleware", "Caddy Web 服务器", "Caddy", NULL,
     {"caddy"}, {"caddy"}, NULL, 'D'},
    {"haproxy", "middleware", "HAProxy 负载均衡", "HAProxy", "HAProxy Technologies",
     {"haproxy"}, {"haproxy"}, NULL, 'D'},
    {"squid", "middleware", "Squid 代理服务器", "Squid", NULL,
     {"squid", "squid-openssl"}, {"squid"}, NULL, 'D'},
    {"tomcat", "middleware", "Apache Tomcat 应用服务器", "Apache Tomcat", "Apache Software Foundation",
     {"tomcat#", "tomcat"}, {NULL}, "org.apache.catalina.startup.Bootstrap", 'D'},
    {"jetty", "middleware", "Jetty 应用服务器", "Jetty", "Eclipse Foundation",
     {"jetty#"}, {NULL}, "org.eclipse.jetty.start", 'D'},
    {"wildfly", "middleware", "WildFly 应用服务器", "WildFly", "Red Hat",
     {NULL}, {NULL}, "org.jboss.as.standalone", 'R'},
    {"weblogic", "middleware", "WebLogic 应用服务器", "Oracle WebLogic Server", "Oracle",
     {NULL}, {NULL}, "weblogic.Server", 'R'},
    {"rabbitmq", "middleware", "RabbitMQ 消息中间件", "RabbitMQ", "Broadcom",
     {"rabbitmq-server"}, {NULL}, "rabbitmq", 'D'},
    {"activemq", "middleware", "ActiveMQ 消息中间件", "Apache ActiveMQ", "Apache Software Foundation",
     {"activemq"}, {NULL}, "activemq.jar", 'D'},
    {"rocketmq", "middleware", "RocketMQ 消息中间件", "Apache RocketMQ", "Apache Software Foundation",
     {NULL}, {NULL}, "org.apache.rocketmq", 'R'},
    {"kafka", "middleware", "Kafka 消息中间件", "Apache Kafka", "Apache Software Foundation",
     {"confluent-kafka"}, {NULL}, "kafka.Kafka", 'R'},
    {"zookeeper", "middleware", "ZooKeeper 协调服务", "Apache ZooKeeper", "Apache Software Foundation",
     {"zookeeperd", "zookeeper"}, {NULL}, "org.apache.zookeeper.server", 'D'},
    {"mosquitto", "middleware", "Mosquitto 消息中间件", "Eclipse Mosquitto", "Eclipse Foundation",
     {"mosquitto"}, {"mosquitto"}, NULL, 'D'},
    {"nats", "middleware", "NATS 消息中间件", "NATS", NULL,
     {"nats-server"}, {"nats-server"}, NULL, 'D'},
    {"tongweb", "middleware", "东方通应用服务器 TongWeb", "TongWeb", "北京东方通科技股份有限公司",
     {NULL}, {NULL}, "com.tongweb", 'R'},
    {"bes", "middleware", "宝兰德应用服务器 BES", "BES Application Server", "北京宝兰德软件股份有限公司",
     {NULL}, {NULL}, "com.bes.appserver", 'R'},
    {"apusic", "middleware", "金蝶天燕应用服务器", "Apusic Application Server", "金蝶天燕云计算股份有限公司",
     {NULL}, {NULL}, "com.apusic", 'R'},
    {"inforsuite", "middleware", "中创应用服务器 InforSuite AS", "InforSuite AS", "中创软件商用中间件股份有限公司",
     {NULL}, {NULL}, "com.cvicse", 'R'},

    /* applications: remote access, containers, basic services */
    {"openssh", "application", "OpenSSH 远程登录服务", "OpenSSH server", "OpenBSD",
     {"openssh-server"}, {"sshd"}, NULL, 'D'},
    {"docker", "application", "Docker 容器引擎", "Docker Engine", "Docker",
     {"docker-ce", "docker.io", "docker-engine"}, {"dockerd"}, NULL, 'D'},
    {"containerd", "application", "containerd 容器运行时", "containerd", "CNCF",
     {"containerd", "containerd.io"}, {"containerd"}, NULL, 'D'},
    {"podman", "application", "Podman 容器引擎", "Podman", "Red Hat",
     {"podman"}, {NULL}, NULL, 'D'},
    {"kubelet", "application", "Kubernetes 节点代理", "Kubernetes kubelet", "CNCF",
     {"kubelet"}, {"kubelet"}, NULL, 'V'},
    {"libvirt", "application", "libvirt 虚拟化管理", "libvirt", "Red Hat",
     {"libvirt-daemon", "libvirt-daemon-system"}, {"libvirtd"}, NULL, 'D'},
    {"bind", "application", "BIND 域名服务器", "BIND 9", "ISC",
     {"bind9", "bind"}, {"named"}, NULL, 'D'},
    {"dnsmasq", "application", "dnsmasq 域名与地址分配服务", "dnsmasq", NULL,
     {"dnsmasq"}, {"dnsmasq"}, NULL, 'D'},
    {"unbound", "application", "Unbound 域名解析器", "Unbound", "NLnet Labs",
     {"unbound"}, {"unbound"}, NULL, 'D'},
    {"postfix", "application", "Postfix 邮件服务器", "Postfix", NULL,
     {"postfix"}, {NULL}, NULL, 'D'}, /* its "master" could be anyone's */
    {"exim", "application", "Exim 邮件服务器", "Exim", "University of Cambridge",
     {"exim4-daemon-light", "exim4-daemon-heavy", "exim"}, {"exim4", "exim"}, NULL, 'D'},
    {"dovecot", "application", "Dovecot 邮件服务器", "Dovecot", "Open-Xchange",
     {"dovecot-core", "dovecot"}, {"dovecot"}, NULL, 'D'},
    {"samba", "application", "Samba 文件服务器", "Samba", "Samba Team",
     {"samba"}, {"smbd"}, NULL, 'D'},
    {"vsftpd", "application", "vsftpd 文件传输服务器", "vsftpd", NULL,
     {"vsftpd"}, {"vsftpd"}, NULL, 'D'},
    {"openldap", "application", "OpenLDAP 目录服务器", "OpenLDAP", "OpenLDAP Project",
     {"slapd", "openldap-servers"}, {"slapd"}, NULL, 'D'},
    {"snmpd", "application", "Net-SNMP 代理", "Net-SNMP agent", "Net-SNMP",
     {"snmpd", "net-snmp"}, {"snmpd"}, NULL, 'D'},
    {"chrony", "application", "chrony 时间同步", "chrony", NULL,
     {"chrony"}, {"chronyd"}, NULL, 'D'},
    {"rsyslog", "application", "rsyslog 日志服务", "rsyslog", "Adiscon",
     {"rsyslog"}, {"rsyslogd"}, NULL, 'D'},
    {"syslog-ng", "application", "syslog-ng 日志服务", "syslog-ng", "One Identity",
     {"syslog-ng-core", "syslog-ng"}, {"syslog-ng"}, NULL, 'D'},
    {"openvpn", "application", "OpenVPN 虚拟专用网", "OpenVPN", "OpenVPN Inc.",
     {"openvpn"}, {"openvpn"}, NULL, 'D'},
    {"strongswan", "application", "strongSwan 虚拟专用网", "strongSwan", NULL,
     {"strongswan-charon", "strongswan"}, {"charon"}, NULL, 'D'},

    /* applications: monitoring and automation */
    {"zabbix-agent", "application", "Zabbix 监控代理", "Zabbix agent", "Zabbix",
     {"zabbix-agent", "zabbix-agent2"}, {"zabbix_agentd", "zabbix_agent2"}, NULL, 'D'},
    {"zabbix-server", "application", "Zabbix 监控服务器", "Zabbix server", "Zabbix",
     {"zabbix-server-mysql", "zabbix-server-pgsql"}, {"zabbix_server"}, NULL, 'D'},
    {"prometheus", "application", "Prometheus 监控系统", "Prometheus", "CNCF",
     {"prometheus"}, {"prometheus"}, NULL, 'D'},
    {"grafana", "application", "Grafana 可视化平台", "Grafana", "Grafana Labs",
     {"grafana"}, {"grafana", "grafana-server"}, NULL, 'V'},
    {"jenkins", "application", "Jenkins 持续集成", "Jenkins", NULL,
     {"jenkins"}, {NULL}, "jenkins.war", 'V'},
    {"gitlab", "application", "GitLab 代码平台", "GitLab", "GitLab",
     {"gitlab-ee", "gitlab-ce"}, {NULL}, NULL, 'V'},

    /* applications: security products that live on a host */
    {"suricata", "application", "Suricata 入侵检测系统", "Suricata", "OISF",
     {"suricata"}, {"Suricata-Main"}, NULL, 'D'},
    {"snort", "application", "Snort 入侵检测系统", "Snort", "Cisco",
     {"snort"}, {"snort"}, NULL, 'R'},
    {"zeek", "application", "Zeek 流量分析", "Zeek", "Zeek Project",
     {"zeek", "zeek-core"}, {"zeek"}, NULL, 'V'},
    {"modsecurity", "application", "ModSecurity Web 应用防火墙", "ModSecurity", "OWASP",
     {"libapache2-mod-security2", "libnginx-mod-http-modsecurity", "mod_security"}, {NULL}, NULL, 'D'},
    {"clamav", "application", "ClamAV 病毒防护", "ClamAV", "Cisco",
     {"clamav-daemon", "clamd"}, {"clamd"}, NULL, 'D'},
    {"fail2ban", "application", "Fail2ban 登录防护", "Fail2ban", NULL,
     {"fail2ban", "fail2ban-server"}, {"fail2ban-server"}, NULL, 'D'},
    {"crowdsec", "application", "CrowdSec 入侵防护", "CrowdSec", "CrowdSec",
     {"crowdsec"}, {"crowdsec"}, NULL, 'D'},
    {"wazuh-agent", "application", "Wazuh 主机防护代理", "Wazuh agent", "Wazuh",
     {"wazuh-agent"}, {"wazuh-agentd"}, NULL, 'V'},
    {"auditd", "application", "Linux 审计服务", "Linux audit daemon", "Red Hat",
     {"auditd", "audit"}, {"auditd"}, NULL, 'D'},
    {0},
};
/* clang-format on */

/* Does ${name} equal ${pattern}, or, before a '#', continue with a version? */
static bool
matches(const char *pattern, const char *name)
{
    size_t n = strcspn(pattern, "#");
    size_t digits;

    if (pattern[n] == '\0')
        return strcmp(pattern, name) == 0;
    if (strncmp(pattern, name, n) != 0)
        return false;
    digits = strspn(name + n, "0123456789.");
    return digits > 0 && strcmp(name + n + digits, pattern + n + 1) == 0;
}

bool
product_has_package(const struct product *p, const char *name)
{
    for (size_t i = 0; i < PRODUCT_NAMES && p->packages[i]; i++) {
        if (matches(p->packages[i], name))
            return true;
    }
    return false;
}

bool
product_has_process(const struct product *p,
                    const struct facts_process *process)
{
    /* The marker is the table's own text: the same pointer. */
    if (p->marker && p->marker == process->marker)
        return true;
    for (size_t i = 0; i < PRODUCT_NAMES && p->processes[i]; i++) {
        if (strcmp(p->processes[i], process->comm) == 0)
            return true;
    }
    return false;
}

bool
product_is_launcher(const char *comm)
{
    return strcmp(comm, "java") == 0 || strcmp(comm, "beam.smp") == 0;
}

const char *
product_marker(struct bytes cmdline)
{
    for (const struct product *p = product_table; p->id; p++) {
        if (p->marker && cmdline.len >= strlen(p->marker) &&
            memmem(cmdline.data, cmdline.len, p->marker, strlen(p->marker)))
            return p->marker;
    }
    return NULL;
}
