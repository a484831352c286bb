# SPDX-License-Identifier: Apache-2.0
"""The code lists of the tables, written out from chapters 7, 8 and 10 of the
study of the standard."""

_SUBS = {"01": 9, "02": 20, "03": 11, "04": 7, "05": 4, "06": 8, "07": 2, "08": 2, "09": 4}
# NN000 does not exist but for 10, which has no subcategories; "other" is the
# next number or 999, both taken.
EVENTS = {f"{c}{n:03d}" for c, last in _SUBS.items() for n in range(1, last + 2)}
EVENTS |= {c + "999" for c in _SUBS} | {"10000", "10999"}

PRODUCTS = set("""数据备份与恢复产品 防火墙 入侵检测系统(IDS) 入侵防御系统(IPS) 网络和终端隔离产品 反垃圾邮件产品
网络安全审计产品 网络脆弱性扫描产品 安全数据库系统 网站数据恢复产品 虚拟专用网产品 防病毒网关 统一威胁管理产品(UTM)
病毒防治产品 安全操作系统 安全网络存储 公钥基础设施 网络安全态势感知产品 信息系统安全管理平台 网络型流量控制产品
负载均衡产品 信息过滤产品 抗拒绝服务攻击产品 终端接入控制产品 USB移动存储介质管理系统 文件加密产品 数据泄露防护产品
数据销毁软件产品 安全配置检查产品 运维安全管理产品 日志分析产品 身份鉴别产品 终端安全监测产品 电子文档安全管理产品""".split())

LISTS = {
    "event": EVENTS,
    "product": PRODUCTS,
}
for _line in """
info asset alert threat behavior vulnerability event status
level critical high medium low info
grade especially_major major considerable general
vuln critical high medium low
data_level core important general
asset device operating_system database middleware application business_system other
running running stopped fault maintenance unknown
importance core important normal
discovery agent active_scan passive import manual
l4 tcp udp sctp
port_state open closed filtered
vuln_state open fixed mitigated accepted false_positive
attack_result success failure attempt unknown
action none alert block quarantine delete reset allow
disposal pending assigned confirmed handled closed ignored false_positive
hazard vulnerability misconfiguration
abnormal access traffic
digest sm3 sha256
signature sm2-sm3
component observable indicator incident campaign threat_actor target ttp course_of_action
domain object method event
tlp clear green amber amber+strict red
relation related_to indicates uses targets attributed_to mitigates part_of derived_from duplicate_of
observable ipv4 ipv6 domain url email file file_download process registry certificate user_agent asn
threat c2 malware phishing scanner botnet mining ransomware spam tor other
ioc_action block monitor
incident_state open investigating contained resolved closed
rule snort suricata yara sigma acl
behavior network host file process account data application management
result success failure unknown
subject user process host device ip
object file process host device ip domain url account database table service registry config other
direction inbound outbound internal external unknown
file_op create read write delete rename exec
account_op login logout lock create delete privilege
data_op query export modify delete
""".strip().splitlines():
    _name, *_codes = _line.split()
    LISTS[_name] = set(_codes)
