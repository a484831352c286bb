# SPDX-License-Identifier: Apache-2.0
"""Field tables of threat and behaviour information; the form is that of shape.py."""

THREAT = """
general! o
general.threat_id! s 1 64
general.threat_name! s 1 256
general.component! e component
general.domain e domain
general.create_time! t
general.update_time t
general.valid_from t
general.valid_until t
general.confidence i 0 100
general.severity e level
general.tlp e tlp
general.source s 1 256
general.description s 0 4096
general.references a 0 100
general.references[] s 1 2048
general.kill_chain a 0 32
general.kill_chain[] s 1 64
general.related a 0 256
general.related[] o
general.related[].relation! e relation
general.related[].threat_id! s 1 64
extension o one
extension.observable o
extension.observable.kind! e observable
extension.observable.value! s 1 16384
extension.observable.file o any
extension.observable.file.name s 1 1024
extension.observable.file.path s 1 4096
extension.observable.file.full_path s 1 4096
extension.observable.hashes o any
extension.observable.hashes.md5 s 32 32 hex
extension.observable.hashes.sha1 s 40 40 hex
extension.observable.hashes.sha256 s 64 64 hex
extension.observable.hashes.sm3 s 64 64 hex
extension.observable.size i 0
extension.observable.email o any
extension.observable.email.from s 1 320
extension.observable.email.to a 0 256
extension.observable.email.to[] s 1 320
extension.observable.email.subject s 0 1024
extension.observable.email.time t
extension.observable.download o any
extension.observable.download.file_name s 1 1024
extension.observable.download.browser s 1 128
extension.observable.download.bytes i 0
extension.observable.download.start_time t
extension.indicator o
extension.indicator.ioc_type! e observable
extension.indicator.ioc_value! s 1 16384
extension.indicator.pattern s 1 8192
extension.indicator.threat_type! e threat
extension.indicator.malware_family s 1 128
extension.indicator.action e ioc_action
extension.indicator.false_positive_rate n 0 1
extension.incident o
extension.incident.event_code! e event
extension.incident.grade e grade
extension.incident.status e incident_state
extension.incident.affected_assets a 0 1000
extension.incident.affected_assets[] s 1 256
extension.incident.start t
extension.incident.end t
extension.incident.impact s 1 2048
extension.campaign o any
extension.campaign.intent s 1 1024
extension.campaign.start t
extension.campaign.end t
extension.campaign.aliases a 0 64
extension.campaign.aliases[] s 1 256
extension.campaign.incidents a 0 256
extension.campaign.incidents[] s 1 64
extension.campaign.actors a 0 64
extension.campaign.actors[] s 1 64
extension.threat_actor o
extension.threat_actor.name! s 1 256
extension.threat_actor.aliases a 0 64
extension.threat_actor.aliases[] s 1 256
extension.threat_actor.country s 2 2 upper
extension.threat_actor.motivation s 1 256
extension.threat_actor.sophistication s 1 128
extension.threat_actor.resource_level s 1 128
extension.threat_actor.goals a 0 64
extension.threat_actor.goals[] s 1 256
extension.target o any
extension.target.sector s 1 128
extension.target.region s 1 128
extension.target.org s 1 128
extension.target.asset_kinds a 0 16
extension.target.asset_kinds[] e asset
extension.target.vulnerabilities a 0 256
extension.target.vulnerabilities[] s 1 64
extension.ttp o
extension.ttp.technique_id s 5 9 technique
extension.ttp.name! s 1 256
extension.ttp.tools a 0 256
extension.ttp.tools[] s 1 256
extension.ttp.malware a 0 256
extension.ttp.malware[] s 1 256
extension.ttp.vuln_ids a 0 256
extension.ttp.vuln_ids[] s 1 64
extension.ttp.platforms a 0 64
extension.ttp.platforms[] s 1 128
extension.course_of_action o
extension.course_of_action.stage s 1 128
extension.course_of_action.action! s 1 2048
extension.course_of_action.rule o
extension.course_of_action.rule.format! e rule
extension.course_of_action.rule.body! s 1 65536
extension.course_of_action.effect s 1 1024
extension.course_of_action.cost s 1 1024
"""

BEHAVIOR = """
general! o
general.behavior_id! s 1 64
general.behavior_name s 1 256
general.behavior_type! e behavior
general.occur_time! t
general.duration_ms i 0
general.result! e result
general.subject! o any
general.subject.kind e subject
general.subject.user s 1 256
general.subject.account_type s 1 64
general.subject.process s 1 4096
general.subject.ip s 1 45 ip
general.subject.port i 0 65535
general.subject.mac s 17 17 mac
general.subject.hostname s 1 255
general.subject.asset_id s 1 64 id
general.object! o any
general.object.kind e object
general.object.name s 1 1024
general.object.path s 1 4096
general.object.ip s 1 45 ip
general.object.port i 0 65535
general.object.domain s 1 255
general.object.url s 1 16384
general.object.asset_id s 1 64 id
general.action! s 1 256
general.environment o any
general.environment.os s 1 128
general.environment.product s 1 128
general.environment.zone s 1 64
general.environment.location s 1 256
general.risk o any
general.risk.score i 0 100
general.risk.labels a 0 32
general.risk.labels[] s 1 64
general.count i 1
general.collector o any
general.collector.product_id s 1 128
general.collector.method s 1 128
general.raw s 0 65536
extension o one
extension.network o any
extension.network.protocol s 1 32
extension.network.app_protocol s 1 64
extension.network.bytes_up i 0
extension.network.bytes_down i 0
extension.network.packets i 0
extension.network.direction e direction
extension.network.flow_id s 1 128
extension.network.tls o any
extension.network.tls.sni s 1 255
extension.network.tls.ja3 s 32 32 hex
extension.network.tls.version s 1 32
extension.network.http o any
extension.network.http.method s 1 32
extension.network.http.host s 1 255
extension.network.http.uri s 1 16384
extension.network.http.status i 0 999
extension.network.http.user_agent s 0 2048
extension.network.dns o any
extension.network.dns.query s 1 255
extension.network.dns.qtype s 1 32
extension.network.dns.answers a 0 256
extension.network.dns.answers[] s 1 1024
extension.process o any
extension.process.name s 1 256
extension.process.pid i 0 4294967295
extension.process.ppid i 0 4294967295
extension.process.path s 1 4096
extension.process.cmdline s 0 16384
extension.process.hash s 32 128 hex
extension.process.user s 1 256
extension.file o any
extension.file.operation e file_op
extension.file.path s 1 4096
extension.file.new_path s 1 4096
extension.file.hash s 32 128 hex
extension.file.size i 0
extension.account o any
extension.account.operation e account_op
extension.account.method s 1 128
extension.account.src_ip s 1 45 ip
extension.account.login_ref s 1 128
extension.data o any
extension.data.operation e data_op
extension.data.database s 1 256
extension.data.table s 1 256
extension.data.rows i 0
extension.data.statement s 1 65536
extension.management o any
extension.management.command s 1 16384
extension.management.config_item s 1 256
extension.management.old s 0 4096
extension.management.new s 0 4096
extension.management.approver s 1 128
"""
