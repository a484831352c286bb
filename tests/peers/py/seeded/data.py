# SPDX-License-Identifier: Apache-2.0
"""Faults in what senders send. A line:

  role name kind op pointer value rule operator

role: short form (table.py); kind: of the envelope that has it, * any; pointer: in
the envelope; value: JSON, - none; rule: the rule of the definitions that it
breaks, behind the place (#), or a requirement. op: see change.py."""



TREE = """
hc alert-id-gone alert del /items/0/general/alert_id - #missing missing
hc alert-id-number alert set /items/0/general/alert_id 12 #type wrong_type
hc alert-id-long alert grow /items/0/general/alert_id 65 #length over_length
hc alert-name-empty alert set /items/0/general/alert_name "" #length empty
hc alert-type-unknown alert set /items/0/general/alert_type "01077" #code bad_enum
hc alert-type-2007 alert set /items/0/general/alert_type "NAI" #length bad_enum
hc alert-level-upper alert set /items/0/general/alert_level "HIGH" #code bad_enum
hc alert-level-number alert set /items/0/general/alert_level 4 #type wrong_type
hc alert-level-space alert set /items/0/general/alert_level "high " #code bad_enum
hc alert-time-no-zone alert set /items/0/general/alert_time "2026-11-22T10:00:00" #format bad_time
hc alert-time-february alert set /items/0/general/alert_time "2026-02-30T10:00:00+08:00" #format bad_time
hc alert-time-epoch alert set /items/0/general/alert_time 1795305600 #type wrong_type
hc alert-first-after-last alert swap /items/0/general/first_time "last_time" #order bad_order
hc alert-count-zero alert set /items/0/general/count 0 #range under_range
hc alert-count-fraction alert set /items/0/general/count 2.5 #type wrong_type
hc alert-confidence-101 alert set /items/0/general/confidence 101 #range over_range
hc alert-source-ip-256 alert set /items/0/general/source/ip "256.1.1.1" #format bad_ip
hc alert-source-port-text alert set /items/0/general/source/port "443" #type wrong_type
hc alert-target-region-5 alert set /items/0/general/target/region_code "11010" #length bad_length
hc alert-detector-gone alert del /items/0/general/detector - #missing missing
hc alert-md5-short alert set /items/0/extension/malware/file/md5 "d41d8cd98f00b204e9800998ecf8427" #length bad_length
hc alert-malware-name-gone alert del /items/0/extension/malware/malware_name - #missing missing
hc alert-payload-plain alert set /items/0/extension/attack/payload "' or 1=1 --" #format bad_encoding
hc alert-extension-empty alert set /items/0/extension {} #members empty
hc alert-unknown-member alert add /items/0/general/colour "red" alert.*#unknown unknown_member
hc alert-protocol-null alert set /items/0/general/protocol null #type null
hc alert-hazard-word alert set /items/0/extension/hazard/hazard_type "weakness" #code bad_enum
hc asset-id-blank asset set /items/0/general/basic/asset_id "host 12" #pattern bad_characters
hc asset-type-word asset set /items/0/general/basic/asset_type "server" #code bad_enum
hc asset-status-gone asset del /items/0/general/basic/running_status - #missing missing
hc asset-first-after-last asset swap /items/0/general/basic/first_seen "last_seen" #order bad_order
hc asset-vlan-4095 asset set /items/0/general/network/interfaces/0/vlan_id 4095 #range over_range
hc asset-mac-dashes asset set /items/0/general/network/interfaces/0/mac "00-16-3e-00-00-0a" #format bad_mac
hc threat-component-word threat set /items/0/general/component "ioc" #code bad_enum
hc threat-tlp-white threat set /items/0/general/tlp "white" #code bad_enum
hc behavior-result-word behavior set /items/0/general/result "ok" #code bad_enum
hc behavior-subject-gone behavior del /items/0/general/subject - #missing missing
hc env-msg-id-number * set /msg_id "42" #length bad_length
hc env-digest-zero * set /digest/value "0000000000000000000000000000000000000000000000000000000000000000" envelope#digest wrong_digest
hc env-items-empty * set /items [] #length empty
zd alert-type-gone alert del /items/0/general/alert_type - #missing missing
zd alert-level-word alert set /items/0/general/alert_level "severe" #code bad_enum
zd alert-time-24 alert set /items/0/general/alert_time "2026-11-22T24:00:00+08:00" #format bad_time
zd alert-grade-roman alert set /items/0/general/incident_grade "IV" #code bad_enum
zd alert-techniques-number alert set /items/0/general/techniques ["1190"] general.techniques[]#length bad_pattern
zd alert-source-mac-short alert set /items/0/general/source/mac "00:16:3e:00:00" #length bad_mac
zd alert-target-empty alert set /items/0/general/target {} #members empty
zd alert-vendor-gone alert del /items/0/general/detector/vendor - #missing missing
zd alert-http-status-1000 alert set /items/0/extension/attack/http/status 1000 #range over_range
zd alert-dos-negative alert set /items/0/extension/attack/dos/peak_bps -1 #range under_range
zd alert-recovered-number alert set /items/0/extension/fault/recovered 0 #type wrong_type
zd alert-violation-user-gone alert del /items/0/extension/violation/user - #missing missing
zd asset-name-gone asset del /items/0/general/basic/asset_name - #missing missing
zd asset-level-6 asset set /items/0/general/basic/protection_level 6 #range over_range
zd asset-no-product-code asset del /items/0/general/basic/product_code - #condition missing
zd asset-ipv6-bad asset set /items/0/general/network/interfaces/0/ipv6/0 "2001:db8::1::2" #format bad_ip
zd asset-port-protocol asset set /items/0/general/network/ports/0/protocol "icmp" #code bad_enum
zd threat-valid-from-gone threat del /items/0/general/valid_from - #condition missing
zd behavior-time-slash behavior set /items/0/general/occur_time "2026/11/22 10:00:00" #format bad_time
zd env-schema-gone * del /schema - #missing missing
zd env-kind-alarm alert set /info_type "alarm" #code bad_enum
zd env-digest-md5 * set /digest/alg "md5" #code bad_enum
zp alert-name-long alert grow /items/0/general/alert_name 257 #length over_length
zp alert-detector-type-short alert set /items/0/general/detector/product_type "IDS" #code bad_enum
zp alert-result-word alert set /items/0/general/attack_result "blocked" #code bad_enum
zp alert-asset-ids-blank alert set /items/0/general/asset_ids ["host 1"] general.asset_ids[]#pattern bad_characters
zp alert-target-port-high alert set /items/0/general/target/port 65536 #range over_range
zp alert-pid-negative alert set /items/0/extension/malware/process/pid -1 #range under_range
zp alert-method-gone alert del /items/0/extension/attack/attack_method - #missing missing
zp alert-metric-text alert set /items/0/extension/fault/metric/value "71.5" #type wrong_type
zp alert-extension-other alert rename /items/0/extension/attack "other" extension.other#misplaced misplaced
zp asset-last-seen-gone asset del /items/0/general/basic/last_seen - #missing missing
zp asset-country-lower asset set /items/0/general/location/country "cn" #pattern bad_pattern
zp asset-latitude-91 asset set /items/0/general/location/latitude 91 #range over_range
zp asset-cores-zero asset set /items/0/extension/device/cpu/cores 0 #range under_range
zp threat-confidence-text threat set /items/0/general/confidence "high" #type wrong_type
zp behavior-type-word behavior set /items/0/general/behavior_type "dns" #code bad_enum
zp env-version-v1 * set /schema_version "v1" #pattern bad_pattern
zp env-product-gone * del /source_product - #missing missing
zp env-sent-time-date * set /sent_time "2026-11-22" #format bad_time
zb alert-level-gone alert del /items/0/general/alert_level - #missing missing
zb alert-description-long alert grow /items/0/general/description 4097 #length over_length
zb alert-detector-ip alert set /items/0/general/detector/ip "n/a" #format bad_ip
zb alert-nat-ip-empty alert set /items/0/general/source/nat_ip "" #length empty
zb alert-data-level alert set /items/0/extension/data/data_level "secret" #code bad_enum
zb alert-personal-text alert set /items/0/extension/data/personal_info "yes" #type wrong_type
zb alert-abnormal-gone alert del /items/0/extension/abnormal/abnormal_type - #missing missing
zb asset-tags-33 asset grow /items/0/general/basic/tags 33 #length over_length
zb asset-hostname-underscore asset set /items/0/general/network/hostname "host_1" #format bad_hostname
zb asset-vuln-grade asset set /items/0/general/vulnerabilities/0/grade "serious" #code bad_enum
zb asset-os-name-gone asset del /items/0/extension/operating_system/os_name - #missing missing
zb threat-event-code threat set /items/0/extension/incident/event_code "99001" #pattern bad_enum
zb behavior-action-empty behavior set /items/0/general/action "" #length empty
zb env-vendor-gone * del /source_product/vendor - #missing missing
zb env-msg-id-gone * del /msg_id - #missing missing
zb env-items-object * set /items {} #type wrong_type
ss alert-type-four alert set /items/0/general/alert_type "2003" #length bad_length
ss alert-time-blank alert set /items/0/general/alert_time "2026-11-22 10:00:00" #format bad_time
ss alert-count-text alert set /items/0/general/count "3" #type wrong_type
ss alert-source-ip-zero alert set /items/0/general/source/ip "192.0.2.01" #format bad_ip
ss alert-action-word alert set /items/0/general/action "drop" #code bad_enum
ss alert-disposal-word alert set /items/0/general/disposal_status "open" #code bad_enum
ss alert-detector-list alert set /items/0/general/detector [] #type wrong_type
ss alert-id-same alert set /items/0/general/alert_id "al-0" set#alert_id duplicated_id
ss asset-id-same asset set /items/0/general/basic/asset_id "asset-0" set#asset_id duplicated_id
ss asset-type-gone asset del /items/0/general/basic/asset_type - #missing missing
ss asset-mac-plain asset set /items/0/general/network/interfaces/0/mac "00163e00000a" #length bad_mac
ss asset-parent-nowhere asset add /items/0/general/basic/parent_id "nowhere.1" set#parent_id dangling
ss threat-update-first threat swap /items/0/general/create_time "update_time" #order bad_order
ss behavior-pid-text behavior set /items/0/extension/process/pid "12" #type wrong_type
ss env-schema-kind * set /schema "interconn/threats" envelope#schema mismatch
ss env-product-type * set /source_product/product_type "态势感知" #code bad_enum
ss env-product-ip * set /source_product/ip "192.0.2" #format bad_ip
kp alert-level-zh alert set /items/0/general/alert_level "高" #code bad_enum
kp alert-time-gone alert del /items/0/general/alert_time - #missing missing
kp alert-time-leap alert set /items/0/general/alert_time "2026-11-22T10:61:00+08:00" #format bad_time
kp alert-raw-long alert grow /items/0/general/raw 65537 #length over_length
kp alert-target-ip-name alert set /items/0/general/target/ip "www.example.cn" #format bad_ip
kp alert-mail-to-text alert set /items/0/extension/attack/mail/to "b@example.cn" #type wrong_type
kp asset-status-word asset set /items/0/general/basic/running_status "online" #code bad_enum
kp asset-ipv4-33 asset set /items/0/general/network/interfaces/0/ipv4/0 "192.0.2.1/33" #format bad_ip
kp asset-url-space asset set /items/0/general/network/urls ["https://fw.example.cn/a b"] general.network.urls[]#format bad_uri
kp asset-db-version-gone asset del /items/0/extension/database/db_version - #missing missing
kp threat-name-gone threat del /items/0/general/threat_name - #missing missing
kp threat-ioc-kind threat set /items/0/extension/indicator/ioc_type "ip" #code bad_enum
kp behavior-score-101 behavior set /items/0/general/risk/score 101 #range over_range
kp env-sent-time-gone * del /sent_time - #missing missing
kp env-source-unknown * add /source_product/colour "red" source_product#unknown unknown_member
kp env-signature-rsa * add /signature {"alg":"rsa","key_id":"k1","value":"AAAA"} signature.alg#code bad_enum
"""

# Faults of the text itself: the requirement is named.
TEXT = """
hc text-duplicate alert twice /items/0/general/alert_level - text#duplicate duplicate_key
hc text-big-number alert set /items/0/x_sequence 9007199254740993 text#number huge_number
hc text-own-member alert add /items/0/vendor_note "x" record#unknown unknown_member
hc text-kind-differs alert set /items/0/info_type "asset" record#info_type mismatch
hc text-surrogate alert text - ["示例","\\\\ud83d"] text#surrogate lone_surrogate
zd text-duplicate asset twice /items/0/general/basic/asset_type - text#duplicate duplicate_key
zd text-surrogate asset text - ["示例","\\\\udc00"] text#surrogate lone_surrogate
zp text-own-member asset add /items/0/source "probe" record#unknown unknown_member
zb text-kind-differs asset set /items/0/info_type "alert" record#info_type mismatch
ss text-duplicate alert twice /items/0/general/alert_id - text#duplicate duplicate_key
kp text-huge alert set /items/0/x_sequence 1e999 text#grammar huge_number
kp text-comment alert text - ["{","{/* v1 */"] text#grammar not_json
zp text-single-quotes alert text - ["\\"schema\\"","'schema'"] text#grammar not_json
zb text-trailing-comma alert text - ["\\"items\\":[","\\"items\\":[,"] text#grammar not_json
zd text-raw-newline asset text - ["\\\\n","\\n"] text#grammar not_json
"""


def _cut(body):
    return body[:-1]


def _half_character(body):
    return body.replace("示".encode(), "示".encode()[:2], 1)


def _latin(body):
    return body.replace(b"\xc3\xa9", b"\xe9", 1).replace("示例".encode(), b"\xca\xbe", 1)


def _gb(body):
    return body.decode("utf-8").encode("gb18030")


def _overlong(body):
    return body.replace(b"/", b"\xc0\xaf", 1)


BYTES = """
hc text-cut cut text#grammar truncate
hc text-trailing trailing text#grammar trailing_garbage
hc text-half-character half text#utf8 invalid_utf8
hc text-bom bom text#bom bom
zd text-latin latin text#utf8 invalid_utf8
zd text-array array record#type not_object
zp text-bom bom text#bom bom
zp text-gb18030 gb text#utf8 invalid_utf8
zb text-overlong overlong text#utf8 invalid_utf8
zb text-two two text#grammar trailing_garbage
ss text-cut cut text#grammar truncate
ss text-half-character half text#utf8 invalid_utf8
kp text-bom bom text#bom bom
kp text-utf16 utf16 text#utf8 invalid_utf8
kp text-html html text#grammar not_json
"""

MAKE = {
    "cut": _cut, "half": _half_character, "latin": _latin, "gb": _gb, "overlong": _overlong,
    "trailing": lambda b: b + b" OK", "bom": lambda b: b"\xef\xbb\xbf" + b, "array": lambda b: b"[" + b + b"]",
    "two": lambda b: b + b, "utf16": lambda b: b.decode("utf-8").encode("utf-16"),
    "html": lambda b: b"<html><body>" + b + b"</body></html>",
}
