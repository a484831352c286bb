# SPDX-License-Identifier: Apache-2.0
"""The field tables as rules: a line is a place, its type and limits.

  place      dots; [] an element; ! mandatory
  s MIN MAX [FORMAT]   text          e LIST    word of a list     t  time
  i MIN MAX  integer   n MIN MAX  number   b  boolean   f  free
  o [any] [one] [open]   object: at least one / exactly one member
  a MIN MAX  array
"""

BIG = 1 << 60

ENVELOPE = """
schema! s 1 64 schema
schema_version! s 1 32 semver
msg_id! s 36 36 uuid
info_type! e info
sent_time! t
source_product! o
source_product.product_id! s 1 128
source_product.product_name! s 1 128
source_product.product_type e product
source_product.product_code s 1 32
source_product.vendor! s 1 128
source_product.model s 1 128
source_product.version s 1 64
source_product.ip s 1 64 ip
source_product.org s 1 128
items! a 1 1000
items[] f
digest o
digest.alg! e digest
digest.value! s 64 64 hex
signature o
signature.alg! e signature
signature.key_id! s 1 128
signature.value! s 1 1024 base64
"""

_ENDPOINT = """
general.{0} o any
general.{0}.ip s 1 45 ip
general.{0}.port i 0 65535
general.{0}.mac s 17 17 mac
general.{0}.hostname s 1 255
general.{0}.domain s 1 255
general.{0}.url s 1 16384
general.{0}.zone s 1 64
general.{0}.nat_ip s 1 45 ip
general.{0}.nat_port i 0 65535
general.{0}.user s 1 256
general.{0}.asset_id s 1 64 id
general.{0}.region_code s 6 6 digits
"""

ALERT = """
general! o
general.alert_id! s 1 64
general.alert_name! s 1 256
general.alert_type! e event
general.alert_level! e level
general.incident_grade e grade
general.alert_time! t
general.first_time t
general.last_time t
general.count i 1
general.description s 0 4096
general.detector! o
general.detector.product_id s 1 128
general.detector.product_name! s 1 128
general.detector.product_type e product
general.detector.product_code s 1 32
general.detector.vendor! s 1 128
general.detector.model s 1 128
general.detector.version s 1 64
general.detector.ip s 1 64 ip
general.detector.org s 1 128
general.detector.rule_id s 1 128
general.detector.rule_name s 1 512
general.detector.rule_version s 1 64
general.confidence i 0 100
general.attack_stage s 1 64
general.techniques a 0 64
general.techniques[] s 1 9 technique
general.attack_result e attack_result
""" + _ENDPOINT.format("source") + _ENDPOINT.format("target") + """
general.protocol s 1 64
general.action e action
general.disposal_status e disposal
general.advice s 0 2048
general.asset_ids a 0 256
general.asset_ids[] s 1 64 id
general.threat_ids a 0 256
general.threat_ids[] s 1 128
general.raw s 1 65536
extension o one
extension.malware o
extension.malware.malware_name! s 1 256
extension.malware.malware_family s 1 128
extension.malware.file o
extension.malware.file.name s 1 1024
extension.malware.file.path s 1 4096
extension.malware.file.size i 0
extension.malware.file.md5 s 32 32 hex
extension.malware.file.sha1 s 40 40 hex
extension.malware.file.sha256 s 64 64 hex
extension.malware.file.sm3 s 64 64 hex
extension.malware.file.type s 1 128
extension.malware.process o
extension.malware.process.name s 1 256
extension.malware.process.pid i 0 4294967295
extension.malware.process.path s 1 4096
extension.malware.process.cmdline s 1 65536
extension.malware.process.parent s 1 4096
extension.malware.c2 o any
extension.malware.c2.ip s 1 45 ip
extension.malware.c2.domain s 1 255
extension.malware.c2.port i 0 65535
extension.malware.infected_host s 1 255
extension.malware.ransom o
extension.malware.ransom.note s 1 65536
extension.malware.ransom.extension s 1 64
extension.malware.mining o
extension.malware.mining.pool s 1 255
extension.malware.mining.coin s 1 64
extension.attack o
extension.attack.attack_method! s 1 256
extension.attack.vuln_id s 1 64
extension.attack.payload s 1 65536 base64
extension.attack.http o
extension.attack.http.method s 1 64
extension.attack.http.host s 1 1024
extension.attack.http.uri s 1 16384
extension.attack.http.status i 0 999
extension.attack.http.user_agent s 1 8192
extension.attack.http.referer s 1 16384
extension.attack.http.request s 1 65536
extension.attack.http.response s 1 65536
extension.attack.dns o
extension.attack.dns.query s 1 1024
extension.attack.dns.qtype s 1 32
extension.attack.dns.answers a 0 256
extension.attack.dns.answers[] s 1 4096
extension.attack.credential o
extension.attack.credential.account s 1 256
extension.attack.credential.attempts i 0
extension.attack.dos o
extension.attack.dos.type s 1 64
extension.attack.dos.peak_bps i 0
extension.attack.dos.peak_pps i 0
extension.attack.dos.duration_s i 0
extension.attack.mail o
extension.attack.mail.from s 1 1024
extension.attack.mail.to a 0 1024
extension.attack.mail.to[] s 1 1024
extension.attack.mail.subject s 1 4096
extension.attack.mail.attachments a 0 256
extension.attack.mail.attachments[] s 1 1024
extension.attack.tampered_url s 1 16384
extension.attack.apt_group s 1 128
extension.attack.supply_chain_component s 1 256
extension.data o
extension.data.data_type! s 1 128
extension.data.data_level e data_level
extension.data.data_amount s 1 64
extension.data.data_location s 1 4096
extension.data.operation s 1 64
extension.data.receiver s 1 256
extension.data.sensitive_fields a 0 256
extension.data.sensitive_fields[] s 1 128
extension.data.personal_info b
extension.content o
extension.content.content_type! s 1 128
extension.content.platform s 1 128
extension.content.url s 1 16384
extension.content.keyword s 1 256
extension.content.account s 1 256
extension.content.page_copy_ref s 1 2048
extension.fault o
extension.fault.fault_type! s 1 128
extension.fault.component s 1 128
extension.fault.metric o
extension.fault.metric.name! s 1 128
extension.fault.metric.value n
extension.fault.metric.threshold n
extension.fault.metric.unit s 1 32
extension.fault.duration_s i 0
extension.fault.recovered b
extension.violation o
extension.violation.violation_type! s 1 128
extension.violation.user! s 1 256
extension.violation.operation! s 1 4096
extension.violation.object s 1 4096
extension.violation.policy_id s 1 128
extension.violation.time_window s 1 128
extension.hazard o
extension.hazard.hazard_type! e hazard
extension.hazard.vuln o
extension.hazard.vuln.id s 1 64
extension.hazard.vuln.name s 1 512
extension.hazard.vuln.category s 1 128
extension.hazard.vuln.grade e vuln
extension.hazard.vuln.affected s 1 4096
extension.hazard.vuln.solution s 1 65536
extension.hazard.vuln.references a 0 256
extension.hazard.vuln.references[] s 1 2048
extension.hazard.baseline o
extension.hazard.baseline.item s 1 512
extension.hazard.baseline.expected s 1 4096
extension.hazard.baseline.actual s 1 4096
extension.abnormal o
extension.abnormal.abnormal_type! e abnormal
extension.abnormal.baseline s 1 4096
extension.abnormal.observed s 1 4096
extension.abnormal.deviation n
extension.abnormal.window_s i 0
extension.force_majeure o
extension.force_majeure.disaster_type! s 1 128
extension.force_majeure.affected_scope s 1 1024
extension.other f
"""

ASSET = """
general! o
general.basic! o
general.basic.asset_id! s 1 64 id
general.basic.asset_name! s 1 128
general.basic.asset_type! e asset
general.basic.asset_subtype s 1 64
general.basic.product_code s 1 32
general.basic.vendor s 1 128
general.basic.model s 1 128
general.basic.version s 1 64
general.basic.serial_number s 1 64
general.basic.running_status! e running
general.basic.importance e importance
general.basic.protection_level i 1 5
general.basic.owner_org s 1 128
general.basic.owner_person s 1 64
general.basic.owner_contact s 1 128
general.basic.first_seen t
general.basic.last_seen! t
general.basic.discovery_method e discovery
general.basic.parent_id s 1 64 id
general.basic.tags a 0 32
general.basic.tags[] s 1 64
general.basic.description s 0 1024
general.location o any
general.location.country s 2 2 upper
general.location.region_code s 6 6 digits
general.location.address s 1 256
general.location.site s 1 128
general.location.rack s 1 64
general.location.rack_unit i 1 60
general.location.longitude n -180 180
general.location.latitude n -90 90
general.network o
general.network.interfaces a 1 256
general.network.interfaces[] o mac,ipv4,ipv6
general.network.interfaces[].name s 1 64
general.network.interfaces[].mac s 17 17 mac
general.network.interfaces[].ipv4 a 0 256
general.network.interfaces[].ipv4[] s 1 18 net4
general.network.interfaces[].ipv6 a 0 256
general.network.interfaces[].ipv6[] s 1 49 net6
general.network.interfaces[].gateway s 1 45 ip
general.network.interfaces[].vlan_id i 1 4094
general.network.zone s 1 64
general.network.hostname s 1 253 hostname
general.network.domains a 0 256
general.network.domains[] s 1 253
general.network.urls a 0 256
general.network.urls[] s 1 2048 uri
general.network.ports a 0 65536
general.network.ports[] o
general.network.ports[].port! i 0 65535
general.network.ports[].protocol! e l4
general.network.ports[].service s 1 128
general.network.ports[].state e port_state
general.vulnerabilities a 0 65536
general.vulnerabilities[] o
general.vulnerabilities[].vuln_id! s 1 64
general.vulnerabilities[].name s 1 256
general.vulnerabilities[].grade e vuln
general.vulnerabilities[].status e vuln_state
extension o one
extension.device o
extension.device.device_class s 1 64
extension.device.cpu o
extension.device.cpu.model s 1 128
extension.device.cpu.arch s 1 32
extension.device.cpu.cores i 1 65536
extension.device.memory_mb i 0
extension.device.disks a 0 1024
extension.device.disks[] o
extension.device.disks[].name! s 1 64
extension.device.disks[].size_gb n 0
extension.device.firmware_version s 1 64
extension.device.manage_address s 1 256
extension.device.security_policy_version s 1 64
extension.device.signature_db_version s 1 64
extension.device.license_expire t
extension.operating_system o
extension.operating_system.os_family! s 1 64
extension.operating_system.os_name! s 1 128
extension.operating_system.os_version! s 1 64
extension.operating_system.kernel_version s 1 128
extension.operating_system.patches a 0 4096
extension.operating_system.patches[] s 1 128
extension.operating_system.install_time t
extension.operating_system.accounts a 0 4096
extension.operating_system.accounts[] o
extension.operating_system.accounts[].name! s 1 128
extension.operating_system.accounts[].enabled b
extension.operating_system.accounts[].privileged b
extension.database o
extension.database.db_type! s 1 64
extension.database.db_version! s 1 64
extension.database.port i 0 65535
extension.database.instance s 1 128
extension.database.charset s 1 64
extension.database.data_dir s 1 4096
extension.database.accounts a 0 4096
extension.database.accounts[] o
extension.database.accounts[].name! s 1 128
extension.database.accounts[].enabled b
extension.database.accounts[].privileged b
extension.middleware o
extension.middleware.mw_type! s 1 64
extension.middleware.mw_version! s 1 64
extension.middleware.port i 0 65535
extension.middleware.install_path s 1 4096
extension.middleware.run_user s 1 128
extension.application o
extension.application.app_name! s 1 128
extension.application.app_version s 1 64
extension.application.install_path s 1 4096
extension.application.run_user s 1 128
extension.application.process_name s 1 256
extension.application.framework s 1 128
extension.application.sbom_ref s 1 2048 uri
extension.business_system o
extension.business_system.system_name! s 1 128
extension.business_system.system_url s 1 2048 uri
extension.business_system.filing_number s 1 64
extension.business_system.protection_level i 1 5
extension.business_system.users_scale i 0
extension.business_system.components a 0 4096
extension.business_system.components[] s 1 64 id
extension.business_system.online_time t
extension.other f
"""
