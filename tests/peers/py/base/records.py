# SPDX-License-Identifier: Apache-2.0
"""Conformant records, every kind and every variant of it: varied in contents
(random), the same in shape, so that each place of the tables that matters for a
fault occurs. Addresses are those reserved for documentation."""
import random
import time

from .identity import rfc3339, uuid4

PEOPLE = ["zhangsan", "李四", "svc-backup", "ops\\admin", "o'brien", "wangwu@example.cn"]
SITES = ["总部机房", "灾备中心", "东区机房 B2", "Edge site 7"]
ZONES = ["互联网区", "办公区", "DMZ", "核心业务区"]
NAMES = ["SQL 注入", "弱口令爆破", "异常外联", "Webshell 上传 “一句话”", "可疑下载 🙂", "C2 beacon",
         "目录遍历 ../../etc", "tab\there"]
TECH = ["T1190", "T1059.004", "T1071.001", "T1110", "T1486"]


class Maker:
    """Makes records one after another. ${product} is the source product."""

    def __init__(self, seed=None):
        self.r = random.Random(seed)
        self.product = {
            "product_id": "peer-py-01", "product_name": "参考产品甲", "product_type":
            "网络安全态势感知产品", "vendor": "示例厂商", "model": "RP-A", "version": "1.4.2",
            "ip": "192.0.2.9", "org": "示例单位",
        }
        self.devices = []
        self.threats = []

    # ---- values

    def ip4(self):
        return self.r.choice(["192.0.2.", "198.51.100.", "203.0.113."]) + str(self.r.randrange(1, 255))

    def ip6(self):
        return f"2001:db8:{self.r.randrange(1, 0xffff):x}::{self.r.randrange(1, 0xffff):x}"

    def ip(self):
        return self.ip6() if self.r.random() < .3 else self.ip4()

    def mac(self):
        return "00:16:3e:" + ":".join(f"{self.r.randrange(256):02x}" for _ in range(3))

    def hex(self, n):
        return f"{self.r.getrandbits(n * 4):0{n}x}"

    def ago(self, seconds=0, spread=60):
        t = time.time() - seconds - self.r.random() * spread
        return rfc3339(t, self.r.choice([8, 8, 0, -5]), self.r.choice([0, 3, 6]))

    def pick(self, *choices):
        return self.r.choice(choices)

    def port(self):
        return self.r.choice([22, 53, 80, 443, 3306, 8443, self.r.randrange(1024, 65536)])

    def endpoint(self, name):
        return {
            "ip": self.ip(), "port": self.port(), "mac": self.mac(),
            "hostname": f"{name}-{self.r.randrange(100)}.example.cn", "domain": "example.cn",
            "url": f"http://{name}.example.cn/a?b=%27{self.r.randrange(1000)}",
            "zone": self.r.choice(ZONES), "nat_ip": self.ip4(), "nat_port": self.port(),
            "user": self.r.choice(PEOPLE), "asset_id": f"host:{self.r.randrange(1, 5000)}",
            "region_code": self.pick("110108", "310115", "440305"),
        }

    # ---- assets

    def asset(self, kind):
        n = self.r.randrange(1, 100000)
        aid = f"{kind.replace('_', '-')}.{n}.{self.hex(6)}"
        basic = {
            "asset_id": aid, "asset_name": f"{self.pick('资产', 'asset')} {n}",
            "asset_type": kind, "asset_subtype": self.pick("server", "container", "virtual"),
            "vendor": "示例厂商", "model": f"M-{n % 97}", "version": f"{n % 9}.{n % 31}",
            "serial_number": self.hex(12).upper(),
            "running_status": self.pick("running", "stopped", "fault", "maintenance", "unknown"),
            "importance": self.pick("core", "important", "normal"),
            "protection_level": self.r.randrange(1, 6), "owner_org": "示例单位",
            "owner_person": self.r.choice(PEOPLE), "owner_contact": "010-5555-0100",
            "first_seen": self.ago(90000, 1000), "last_seen": self.ago(),
            "discovery_method": self.pick("agent", "active_scan", "passive", "import", "manual"),
            "tags": [self.pick("生产", "测试"), "peer"], "description": "登记于巡检\n第二行",
        }
        if kind == "device":
            self.devices = self.devices[-9:] + [aid]
            basic.update(asset_subtype="security_product", product_code=f"B-{n % 50}")
        elif kind == "operating_system" and self.devices:
            basic["parent_id"] = self.devices[-1]
        general = {
            "basic": basic,
            "location": {
                "country": "CN", "region_code": "110108", "address": "示例路 1 号",
                "site": self.r.choice(SITES), "rack": f"R{n % 40}", "rack_unit": 1 + n % 60,
                "longitude": round(self.r.uniform(73, 135), 5), "latitude": round(self.r.uniform(18, 53), 5),
            },
            "network": self.network(n),
            "vulnerabilities": [{"vuln_id": f"CVE-2026-{1000 + n % 9000}", "name": "示例漏洞",
                                 "grade": self.pick("critical", "high", "medium", "low"),
                                 "status": self.pick("open", "fixed", "mitigated")}],
        }
        return {"info_type": "asset", "general": general, "extension": {kind: self.asset_part(kind, n)}}

    def network(self, n):
        return {
            "interfaces": [
                {"name": "eth0", "mac": self.mac(), "ipv4": [self.ip4() + "/24", self.ip4()],
                 "ipv6": [self.ip6() + "/64"], "gateway": "192.0.2.254", "vlan_id": 1 + n % 4094},
                {"name": "lo", "ipv4": ["127.0.0.1/8"], "ipv6": ["::1/128"]},
            ],
            "zone": self.r.choice(ZONES), "hostname": f"host-{n}.example.cn",
            "domains": ["example.cn"], "urls": [f"https://host-{n}.example.cn:8443/x?y=1#z"],
            "ports": [{"port": self.port(), "protocol": "tcp", "service": "https", "state": "open"},
                      {"port": 53, "protocol": "udp", "service": "dns", "state": "filtered"}],
        }

    def asset_part(self, kind, n):
        accounts = [{"name": "root", "enabled": True, "privileged": True},
                    {"name": "app", "enabled": False, "privileged": False}]
        return {
            "device": {
                "device_class": "防火墙", "cpu": {"model": "示例 CPU", "arch": "aarch64", "cores": 1 + n % 64},
                "memory_mb": 1024 * (1 + n % 512), "disks": [{"name": "sda", "size_gb": 480.5}, {"name": "sdb", "size_gb": 2000}],
                "firmware_version": "5.2.1", "manage_address": "https://192.0.2.9:8443",
                "security_policy_version": "p-77", "signature_db_version": "20261120",
                "license_expire": "2027-12-31T23:59:59+08:00",
            },
            "operating_system": {
                "os_family": "linux", "os_name": "openEuler", "os_version": "22.03 LTS",
                "kernel_version": "5.10.0-60", "patches": ["SA-2026-1001", "SA-2026-1002"],
                "install_time": "2025-01-02T03:04:05+08:00", "accounts": accounts,
            },
            "database": {
                "db_type": "postgresql", "db_version": "15.6", "port": 5432, "instance": f"db{n % 10}",
                "charset": "UTF8", "data_dir": "/var/lib/pg", "accounts": accounts,
            },
            "middleware": {
                "mw_type": "tomcat", "mw_version": "9.0.80", "port": 8080,
                "install_path": "C:\\Program Files\\示例", "run_user": "tomcat",
            },
            "application": {
                "app_name": "门户", "app_version": "3.1", "install_path": "/opt/portal", "run_user": "www",
                "process_name": "portald", "framework": "spring", "sbom_ref": "https://example.cn/sbom/portal.json",
            },
            "business_system": {
                "system_name": "协同办公系统", "system_url": "https://oa.example.cn/", "filing_number": "1101-0001",
                "protection_level": 3, "users_scale": n, "components": ["host:1", "db:2"],
                "online_time": "2024-06-01T00:00:00+08:00",
            },
            "other": {"kind": "badge reader", "anything": [1, 2.5, None, {"deep": True}]},
        }[kind]

    # ---- alerts

    ALERTS = {"malware": ["01007", "01003", "01008", "01010"], "attack": ["02003", "02008", "02020"],
              "data": ["03003", "03005"], "content": ["04004", "04007"], "fault": ["05001"],
              "violation": ["06001", "06005"], "hazard": ["07001", "07002"],
              "abnormal": ["08001", "08002"], "force_majeure": ["09001", "09002"], "other": ["10000"]}

    def alert(self, kind):
        n = self.r.randrange(1, 100000)
        general = {
            "alert_id": f"al-{uuid4()}", "alert_name": self.r.choice(NAMES),
            "alert_type": self.r.choice(self.ALERTS[kind]),
            "alert_level": self.pick("critical", "high", "medium", "low", "info"),
            "incident_grade": self.pick("especially_major", "major", "considerable", "general"),
            "alert_time": self.ago(), "first_time": self.ago(7200), "last_time": self.ago(60),
            "count": 1 + n % 500, "description": "登录页面收到注入语句 \"'; --\"",
            "detector": {
                "product_id": "ids-07", "product_name": "示例入侵检测系统", "product_type": "入侵检测系统(IDS)",
                "product_code": "D-01", "vendor": "示例厂商", "model": "S-1000", "version": "3.2.1",
                "ip": self.ip4(), "org": "示例单位", "rule_id": str(9000000 + n),
                "rule_name": "规则 " + str(n), "rule_version": "7",
            },
            "confidence": self.r.randrange(101), "attack_stage": self.pick("TA0001", "exploitation"),
            "techniques": self.r.sample(TECH, 2),
            "attack_result": self.pick("success", "failure", "attempt", "unknown"),
            "source": self.endpoint("client"), "target": self.endpoint("web"),
            "protocol": self.pick("http", "tls", "dns", "smb"),
            "action": self.pick("none", "alert", "block", "quarantine", "delete", "reset", "allow"),
            "disposal_status": self.pick("pending", "assigned", "confirmed", "handled", "closed"),
            "advice": "检查参数过滤", "asset_ids": [f"host:{n}"], "threat_ids": [f"ti-{n}"],
            "raw": f"<13>Nov 22 10:00:00 ids[{n}]: \"id check\"\t\\x00 café",
        }
        return {"info_type": "alert", "general": general, "extension": {kind: self.alert_part(kind, n)},
                "x_sequence": n}

    def alert_part(self, kind, n):
        return {
            "malware": {
                "malware_name": "Trojan.Example", "malware_family": "Example",
                "file": {"name": "发票.exe", "path": "C:\\Users\\示例\\发票.exe", "size": n, "md5": self.hex(32),
                         "sha1": self.hex(40), "sha256": self.hex(64), "sm3": self.hex(64), "type": "PE32"},
                "process": {"name": "svch0st.exe", "pid": 1 + n, "path": "C:\\t\\s.exe",
                            "cmdline": "s.exe -k \"a b\"", "parent": "explorer.exe"},
                "c2": {"ip": self.ip(), "domain": "c2.example.com", "port": 4444},
                "infected_host": "pc-12.example.cn", "ransom": {"note": "!!! 已加密 !!!\n1.", "extension": ".lock"},
                "mining": {"pool": "pool.example.com:3333", "coin": "XMR"},
            },
            "attack": {
                "attack_method": "SQL 注入", "vuln_id": "CVE-2026-1234", "payload": "J29yIDE9MS0t",
                "http": {"method": "POST", "host": "www.example.cn", "uri": "/login?id=%27", "status": 403,
                         "user_agent": "sqlmap/1.7", "referer": "http://example.cn/", "request":
                         "POST /login HTTP/1.1\r\nHost: www.example.cn\r\n\r\n", "response": "HTTP/1.1 403\r\n\r\n"},
                "dns": {"query": "a.example.com", "qtype": "TXT", "answers": ["v=1", "k=2"]},
                "credential": {"account": "admin", "attempts": n % 1000},
                "dos": {"type": "syn flood", "peak_bps": n * 10 ** 6, "peak_pps": n * 1000, "duration_s": n % 3600},
                "mail": {"from": "a@example.com", "to": ["b@example.cn"], "subject": "报价", "attachments": ["q.doc"]},
                "tampered_url": "http://www.example.cn/index.html", "apt_group": "APT-X",
                "supply_chain_component": "libexample 1.0",
            },
            "data": {
                "data_type": "客户信息", "data_level": self.pick("core", "important", "general"),
                "data_amount": f"{n} 条", "data_location": "db1.crm.customers", "operation": "export",
                "receiver": self.ip4(), "sensitive_fields": ["身份证号", "mobile"], "personal_info": True,
            },
            "content": {
                "content_type": "虚假信息", "platform": "论坛", "url": "https://bbs.example.cn/t/1",
                "keyword": "示例词", "account": "user01", "page_copy_ref": "sha256:" + self.hex(16),
            },
            "fault": {
                "fault_type": "磁盘故障", "component": "raid0/sdb",
                "metric": {"name": "温度", "value": 71.5, "threshold": 60, "unit": "℃"},
                "duration_s": n % 600, "recovered": False,
            },
            "violation": {
                "violation_type": "越权访问", "user": self.r.choice(PEOPLE), "operation": "download /hr",
                "object": "/hr/salary.xlsx", "policy_id": "P-12", "time_window": "22:00-06:00",
            },
            "hazard": {
                "hazard_type": self.pick("vulnerability", "misconfiguration"),
                "vuln": {"id": "CNVD-2026-00001", "name": "示例漏洞", "category": "缓冲区溢出", "grade": "high",
                         "affected": "示例软件 1.0-1.4", "solution": "升级到 1.5", "references": ["https://example.cn/a"]},
                "baseline": {"item": "PermitRootLogin", "expected": "no", "actual": "yes"},
            },
            "abnormal": {
                "abnormal_type": self.pick("access", "traffic"), "baseline": "10 Mbit/s", "observed": "900 Mbit/s",
                "deviation": 89.25, "window_s": 300,
            },
            "force_majeure": {"disaster_type": "暴雨", "affected_scope": "东区机房"},
            "other": {"note": "不属于以上类别", "score": 0.5},
        }[kind]

    # ---- threats

    DOMAIN = {"threat_actor": "object", "target": "object", "ttp": "method", "course_of_action": "method",
              "campaign": "event", "incident": "event", "indicator": "event", "observable": "event"}

    def threat(self, kind):
        n = self.r.randrange(1, 100000)
        tid = f"ti-{uuid4()}"
        general = {
            "threat_id": tid, "threat_name": f"{self.pick('情报', 'intel')} {n}", "component": kind,
            "domain": self.DOMAIN[kind], "create_time": self.ago(86400), "update_time": self.ago(60),
            "confidence": self.r.randrange(101), "severity": self.pick("critical", "high", "medium", "low", "info"),
            "tlp": self.pick("clear", "green", "amber", "amber+strict", "red"), "source": "示例情报中心",
            "description": "示例", "references": ["https://example.cn/ti"], "kill_chain": ["delivery"],
        }
        if self.threats:
            general["related"] = [{"relation": self.pick("related_to", "part_of"), "threat_id": self.threats[-1]}]
        self.threats = self.threats[-9:] + [tid]
        if kind == "indicator":
            general.update(valid_from=self.ago(3600), valid_until=rfc3339(time.time() + 86400 * 30))
        return {"info_type": "threat", "general": general, "extension": {kind: self.threat_part(kind, n)}}

    def threat_part(self, kind, n):
        return {
            "observable": {
                "kind": "file_download", "value": "http://example.com/a.exe",
                "file": {"name": "a.exe", "path": "/tmp", "full_path": "/tmp/a.exe"},
                "hashes": {"md5": self.hex(32), "sha1": self.hex(40), "sha256": self.hex(64), "sm3": self.hex(64)},
                "size": n, "email": {"from": "a@example.com", "to": ["b@example.cn"], "subject": "", "time": self.ago()},
                "download": {"file_name": "a.exe", "browser": "firefox", "bytes": n, "start_time": self.ago()},
            },
            "indicator": {
                "ioc_type": "ipv4", "ioc_value": self.ip4(), "pattern": "[ipv4-addr:value = '192.0.2.1']",
                "threat_type": self.pick("c2", "malware", "phishing", "scanner"), "malware_family": "Example",
                "action": self.pick("block", "monitor"), "false_positive_rate": 0.05,
            },
            "incident": {
                "event_code": "02020", "grade": "major", "status": "investigating", "affected_assets": ["host:1"],
                "start": self.ago(7200), "end": self.ago(60), "impact": "业务中断 2 小时",
            },
            "campaign": {
                "intent": "窃取数据", "start": self.ago(864000), "end": self.ago(60), "aliases": ["行动X"],
                "incidents": ["ti-1"], "actors": ["ti-2"],
            },
            "threat_actor": {
                "name": "示例组织", "aliases": ["APT-X"], "country": "XX", "motivation": "espionage",
                "sophistication": "expert", "resource_level": "government", "goals": ["data"],
            },
            "target": {
                "sector": "能源", "region": "华东", "org": "示例单位", "asset_kinds": ["device", "database"],
                "vulnerabilities": ["CVE-2026-1234"],
            },
            "ttp": {
                "technique_id": "T1059.004", "name": "Unix Shell", "tools": ["bash"], "malware": ["Example"],
                "vuln_ids": ["CVE-2026-1234"], "platforms": ["linux"],
            },
            "course_of_action": {
                "stage": "containment", "action": "封禁该地址", "rule": {"format": "suricata", "body":
                'drop ip 192.0.2.1 any -> any any (msg:"x"; sid:1;)'}, "effect": "阻断外联", "cost": "low",
            },
        }[kind]

    # ---- behaviour

    def behavior(self, kind):
        n = self.r.randrange(1, 100000)
        general = {
            "behavior_id": f"bh-{uuid4()}", "behavior_name": f"{kind} 行为", "behavior_type": kind,
            "occur_time": self.ago(), "duration_ms": n, "result": self.pick("success", "failure", "unknown"),
            "subject": {"kind": self.pick("user", "process", "host", "device", "ip"), "user": self.r.choice(PEOPLE),
                        "account_type": "domain", "process": "/usr/bin/curl", "ip": self.ip(), "port": self.port(),
                        "mac": self.mac(), "hostname": "pc-1.example.cn", "asset_id": "host:1"},
            "object": {"kind": self.pick("file", "host", "service"), "name": "对象", "path": "/srv/a", "ip": self.ip(),
                       "port": self.port(), "domain": "example.cn", "url": "https://example.cn/", "asset_id": "host:2"},
            "action": self.pick("connect", "read", "login", "修改配置"),
            "environment": {"os": "linux", "product": "终端探针", "zone": self.r.choice(ZONES), "location": "3 层"},
            "risk": {"score": self.r.randrange(101), "labels": ["非工作时间"]}, "count": 1 + n % 20,
            "collector": {"product_id": "edr-1", "method": "agent"}, "raw": "type=SYSCALL msg=audit(1)",
        }
        out = {"info_type": "behavior", "general": general}
        part = self.behavior_part(kind, n)
        if part:
            out["extension"] = {kind: part}
        return out

    def behavior_part(self, kind, n):
        return {
            "network": {
                "protocol": "tcp", "app_protocol": "tls", "bytes_up": n, "bytes_down": n * 7, "packets": n % 999,
                "direction": "outbound", "flow_id": str(n), "tls": {"sni": "example.com", "ja3": self.hex(32),
                "version": "1.3"}, "http": {"method": "GET", "host": "example.com", "uri": "/", "status": 200,
                "user_agent": "curl/7.88"}, "dns": {"query": "example.com", "qtype": "A", "answers": ["192.0.2.1"]},
            },
            "process": {"name": "curl", "pid": n, "ppid": 1, "path": "/usr/bin/curl", "cmdline": "curl -s x",
                        "hash": self.hex(64), "user": "root"},
            "file": {"operation": "rename", "path": "/srv/a", "new_path": "/srv/b", "hash": self.hex(64), "size": n},
            "account": {"operation": "login", "method": "ssh", "src_ip": self.ip(), "login_ref": str(n)},
            "data": {"operation": "query", "database": "crm", "table": "t", "rows": n, "statement": "select 1"},
            "management": {"command": "set policy 1", "config_item": "policy/1", "old": "deny", "new": "permit",
                           "approver": "李四"},
        }.get(kind)


VARIANTS = {
    "alert": list(Maker.ALERTS),
    "asset": ["device", "operating_system", "database", "middleware", "application", "business_system", "other"],
    "threat": list(Maker.DOMAIN),
    "behavior": ["network", "process", "file", "account", "data", "management", "host", "application"],
}


def make(maker, kind, variant):
    return getattr(maker, kind)(variant)
