# SPDX-License-Identifier: Apache-2.0
"""Faults of behaviour: a hook is asked for at one site of a role's code. A line:

  role hook topic class operator difficulty site | what it does

topic: what the requirement is about (rids.py has its id); class: protocol,
security, state, limits, encoding, errors, check; difficulty 1 to 3, with * when
it re-enacts a fault that users of other products reported."""

SERVERS = """
hs auth-none auth security no_check 1 status | no token is asked for
hs auth-absent-ok auth-absent security no_check 2 status | a request without token is let in, a wrong one is not
hs auth-any-token auth-wrong security no_check 1 status | any bearer token is taken
hs auth-prefix auth-wrong security weak_check 3 status | a token that begins with or continues the right one is taken
hs auth-case auth-wrong security weak_check 3 status | tokens are compared without regard to case
hs auth-any-scheme auth-scheme security weak_check 2 status | the right token is taken under any scheme
hs auth-query auth-url security weak_check 3 status | a token in the URL is taken
hs hs-401-as-403 auth-status errors wrong_status 2 status | 403 where 401 is due
hs hs-401-as-400 auth-status errors wrong_status 2 status | 400 where 401 is due
hs hs-no-challenge auth-challenge errors header_missing 2 header:WWW-Authenticate | 401 without WWW-Authenticate
hs hs-any-path path protocol no_check 1 status | any information kind in the path is taken
hs hs-404-as-200 path errors wrong_status 2* status | an unknown path is answered 200 with an error body
hs hs-any-method method protocol no_check 2 status | PUT and GET are taken as POST
hs hs-no-allow method-allow errors header_missing 2 header:Allow | 405 without Allow
hs hs-any-media media protocol no_check 1 status | Content-Type is not looked at
hs hs-no-media media-absent protocol no_check 2 status | a request without Content-Type is taken
hs hs-no-limit limit limits unlimited 2 status | a body of any size is taken
hs hs-small-limit limit-low limits too_small 2 status | bodies over 64 KiB are refused
hs hs-accepts-anything reject check no_check 1 status | whatever comes is accepted
hs hs-error-code error-code errors wrong_code 2 /code | errors have another code
hs hs-error-no-pointer error-pointer errors member_missing 2 /pointer | errors do not say where
hs hs-error-pointer error-pointer errors wrong_value 3 /pointer | errors point at /items whatever is wrong
hs hs-error-no-code error-code errors member_missing 1 /code | errors have no code
hs http-html-error error-json errors not_json 1* header:Content-Type | errors come as an HTML page
hs http-empty-error error-json errors empty 1 header:Content-Type | errors have no body
hs http-broken-error error-json errors truncate 2 JSON | the JSON of an error is cut
hs http-answer-text answer-media protocol wrong_header 2 header:Content-Type | answers are declared as text/plain
hs http-answer-length answer-framing protocol wrong_length 2 header:Content-Length | Content-Length is one too many
hs http-no-date answer-date protocol header_missing 2 header:Date | no Date in answers
hs http-no-continue expect protocol no_answer 2 status | Expect: 100-continue gets no 100
hs hs-400-as-500 reject-status errors wrong_status 1* status | a malformed body is answered with 500
hs hs-400-as-202 reject state wrong_status 1 status | a refused message is answered with 202
hs hs-400-as-200-error reject errors wrong_status 2* status | a refusal comes as 200 with an error body
hs hs-409-as-400 conflict-status errors wrong_status 2 status | a conflict is answered with 400
hs hs-digest-202 digest check wrong_status 2 status | a wrong digest is answered with 202
hs hs-207-as-202 partial state wrong_status 2 status | a message with refused items is answered as if all were accepted
hs hs-202-as-200 accept-status errors wrong_status 1 status | 200 in place of 202
hs hs-202-as-204 accept-status errors wrong_status 1 status | 204 in place of 202
hs hs-repeat-400 repeat state wrong_status 1 status | a repeat is refused with 400
hs hs-repeat-500 repeat state wrong_status 1* status | a repeat is answered with 500
hs take-repeat-409 repeat state wrong_status 2 status | a repeat of the same bytes is called a conflict
hs hs-answer-id answer-id protocol wrong_value 2 /msg_id | the answer names another msg_id
hs hs-answer-no-id answer-id protocol member_missing 2 /msg_id | the answer names no msg_id
hs hs-answer-count answer-count protocol count_mismatch 2 /accepted | accepted is one too many
hs hs-answer-no-results answer-results protocol member_missing 2 /results | the answer has no results
hs take-results-short answer-results protocol count_mismatch 2 /results | one result is missing
hs take-results-order answer-results state reordered 3 /results | results are in reverse order
hs take-results-lie partial state wrong_value 3 status | refused items have status 202
hs take-all-or-nothing partial state lost 2 status | one bad item refuses the good ones
hs take-no-idempotency idempotency state doubled 1 store | a repeated message takes effect twice
hs take-conflict conflict state no_check 2 status | the same msg_id with other contents is accepted as a repeat
hs take-path-kind path-kind check no_check 2 status | info_type may differ from the path
hs take-key-differs key protocol no_check 2 status | Idempotency-Key may differ from msg_id
hs take-digest digest check no_check 2 status | the digest is not checked
hs store-forgets restart state not_persisted 3 store | message ids are forgotten over a restart
hs store-at-exit durable state ack_before_durable 2 store | accepted messages are written when the product ends
hs store-late durable state ack_before_durable 3 store | accepted messages are written three seconds later
hs store-nothing effect state lost 1 store | accepted messages are not kept
hs store-loses-last effect state lost 2 store | the last item of a message is lost
hs store-loses-third effect state lost 3 store | the items of each third message are lost
hs store-twice effect-once state doubled 1 store | items are kept twice
hs store-reversed order state reordered 2 store | items are kept in reverse order
hs store-cuts-strings fidelity limits truncate 2 store | strings are cut to 64 characters
hs store-latin1 fidelity encoding mojibake 2 store | text is kept as if it were Latin-1
hs store-question-marks fidelity encoding mojibake 2 store | characters outside ASCII become question marks
hs store-lower-case fidelity state changed 3 store | text is kept in lower case
hs store-drops-own fidelity-own state lost 3 store | x_ members are dropped
hs store-drops-extension fidelity state lost 2 store | extensions are dropped
hs store-numbers-text fidelity state changed 3 store | numbers are kept as text
hs json-duplicates json-duplicates encoding no_check 2 status | duplicate member names are taken
hs json-big-integers json-numbers encoding no_check 3 status | integers beyond 2^53-1 are taken
hs json-nan json-grammar encoding no_check 2 status | NaN is taken
hs json-surrogates json-surrogates encoding no_check 3 status | lone surrogates are taken
hs json-replaces json-utf8 encoding no_check 2 status | bytes that are not UTF-8 are replaced by U+FFFD
hs json-deep-crash json-depth limits crash 2* product | deep nesting ends the product
hs json-deep json-depth limits unlimited 3 status | nesting of any depth is taken
hs json-trailing json-grammar encoding no_check 2 status | what follows the JSON text is ignored
hs check-missing missing check no_check 1 status | missing members are taken
hs check-type type check no_check 1 status | wrong types are taken
hs check-enum enum check no_check 2 status | words outside a list are taken
hs check-time time check no_check 2 status | malformed times are taken
hs check-format format check no_check 2 status | malformed addresses are taken
hs check-length length check no_check 2 status | texts of any length are taken
hs check-range range check no_check 2 status | numbers out of range are taken
hs check-unknown unknown check no_check 2 status | unknown members are taken
hs check-order order-times check no_check 3 status | first after last is taken
hs check-extension extension check no_check 2 status | an extension of another category is taken
hs check-condition condition check no_check 3 status | a security product without code is taken
hs check-empty-object empty check no_check 3 status | an endpoint without members is taken
hs check-one-extension extension-one check no_check 3 status | two extensions are taken
hs check-valid-from condition check no_check 3 status | an indicator without valid_from is taken
hs check-item-kind item-kind check no_check 3 status | items of another kind are taken
hs check-array-length items-length check no_check 2 status | an envelope without items is taken
hs check-schema schema check no_check 3 status | schema may disagree with info_type
hs http-te-and-cl smuggling security ambiguous 2 connection | Transfer-Encoding with Content-Length is taken
hs http-two-lengths smuggling-lengths security ambiguous 2 status | two lengths are taken
hs http-bad-length length-form security ambiguous 3 status | a length with a sign is taken
hs http-host host protocol no_check 2 status | no or two Host lines are taken
hs http-space-colon space-colon security ambiguous 2 status | a space before the colon is taken
hs http-endless-chunks limit-chunked limits unlimited 3 status | a chunked body of any size is taken
hs tls-old-server tls-version security downgrade 1 tls | TLS 1.0 is offered
hs tls-no-13 tls-old-only security downgrade 1 tls | nothing newer than TLS 1.2
hs tls-plaintext-too tls-plaintext security plaintext 2 status | plain HTTP is served on the TLS port
hs tls-client-cert-ignored tls-client security no_check 1 tls | no client certificate is asked for
hs tls-client-cert-optional tls-client security weak_check 2 tls | clients without certificate are let in
hs tls-client-expired tls-client-expired security weak_check 3 tls | expired client certificates are taken
"""

RECEIVERS = """
zs zs-frames frames protocol no_check 1 store | messages of more than three frames are taken
zs zs-topic topic protocol no_check 2 store | the topic is not compared with the header
zs zs-kind header-kind protocol no_check 2 store | info_type of header and body may differ
zs zs-id header-id protocol no_check 2 store | the id of the header may differ from msg_id
zs zs-count header-count protocol count_mismatch 3 store | the count of the header is not checked
zs zs-crash robust limits crash 2* product | a short body ends the product
zs zs-stops robust state stops 1* product | the first malformed message ends the product
zs zs-stores-refused reject check no_check 2 store | refused messages are stored too
zs take-no-idempotency idempotency state doubled 1 store | a repeated message takes effect twice
zs take-digest digest check no_check 2 store | the digest is not checked
zs store-loses-third effect state lost 3 store | the items of each third message are lost
zs store-twice effect-once state doubled 1 store | items are kept twice
zs store-cuts-strings fidelity limits truncate 2 store | strings are cut to 64 characters
zs store-latin1 fidelity encoding mojibake 2 /general/alert_name | text is kept as if it were Latin-1
zs json-duplicates json-duplicates encoding no_check 2 store | duplicate member names are taken
zs json-replaces json-utf8 encoding no_check 2 store | bytes that are not UTF-8 are replaced by U+FFFD
zs json-deep-crash json-depth limits crash 2* product | deep nesting ends the product
zs check-missing missing check no_check 1 store | missing members are taken
zs check-enum enum check no_check 2 store | words outside a list are taken
zs check-time time check no_check 2 store | malformed times are taken
zs zmq-null curve security plaintext 1 handshakes | CURVE is not used although keys are given
sr sr-pri pri protocol no_check 2 store | PRI above 191 is taken
sr sr-version version protocol no_check 2 store | any VERSION is taken
sr sr-timestamp timestamp protocol no_check 2 store | malformed TIMESTAMP is taken
sr sr-sd sd protocol no_check 3 store | malformed STRUCTURED-DATA is skipped
sr sr-sd-twice sd-id protocol no_check 3 store | an SD-ID may occur twice
sr sr-3164 header protocol no_check 2 store | messages of the old form are taken
sr sr-no-bom bom encoding no_check 2 store | UTF-8 text without BOM is taken
sr sr-msgid msgid protocol no_check 2 store | MSGID may differ from info_type
sr sr-newline body encoding no_check 3 store | what follows a line end is ignored
sr sr-small-limit size limits too_small 2 store | messages over 8 KiB lose their end
sr sr-udp-1k udp-size limits truncate 2* store | datagrams are cut to 1 KiB
sr sr-framing-crash robust-framing limits crash 2 product | a framing error ends the product
sr sr-one-read stream state lost 2* store | what comes in a second read is not taken
sr sr-stops robust state stops 1* product | the first malformed message ends the product
sr sr-stores-refused reject check no_check 2 store | refused messages are stored too
sr store-twice effect-once state doubled 1 store | items are kept twice
sr store-loses-third effect state lost 3 store | the items of each third message are lost
sr store-question-marks fidelity encoding mojibake 2 /general/alert_name | characters outside ASCII become question marks
sr store-cuts-strings fidelity limits truncate 2 store | strings are cut to 64 characters
sr json-duplicates json-duplicates encoding no_check 2 store | duplicate member names are taken
sr json-replaces json-utf8 encoding no_check 2 store | bytes that are not UTF-8 are replaced by U+FFFD
sr json-deep-crash json-depth limits crash 2* product | deep nesting ends the product
sr check-missing missing check no_check 1 store | missing members are taken
sr check-enum enum check no_check 2 store | words outside a list are taken
sr tls-old-server tls-version security downgrade 1 store | TLS 1.0 is offered
sr tls-plaintext-too tls-plaintext security plaintext 2 store | plain syslog is taken on the TLS port
sr tls-client-cert-ignored tls-client security no_check 1 store | no client certificate is asked for
kc kc-one-topic topics protocol lost 1 store | only one of the four topics is read
kc kc-topic topic-kind check no_check 2 store | info_type may differ from the topic
kc kc-latest earliest state lost 2 store | what was there before the product started is not read
kc kc-commits-first commit state ack_before_durable 3 store | the offset is committed before the record is stored
kc kc-never-commits commit state doubled 2 commit | offsets are never committed
kc kc-stops robust state stops 1* product | the first malformed record ends the product
kc kc-stores-refused reject check no_check 2 store | refused records are stored too
kc take-no-idempotency idempotency state doubled 1 store | a repeated message takes effect twice
kc store-twice effect-once state doubled 1 store | items are kept twice
kc store-loses-third effect state lost 3 store | the items of each third message are lost
kc store-latin1 fidelity encoding mojibake 2 /general/alert_name | text is kept as if it were Latin-1
kc json-duplicates json-duplicates encoding no_check 2 store | duplicate member names are taken
kc check-missing missing check no_check 1 store | missing members are taken
kc check-enum enum check no_check 2 store | words outside a list are taken
"""

SENDERS = """
hc hc-media media protocol wrong_header 1 header:Content-Type | Content-Type is text/plain
hc hc-no-media media protocol header_missing 1 header:Content-Type | no Content-Type
hc hc-charset media protocol wrong_header 3 header:Content-Type | Content-Type declares another charset
hc hc-no-key key protocol header_missing 1 header:Idempotency-Key | no Idempotency-Key
hc hc-key-other key protocol wrong_value 2 header:Idempotency-Key | Idempotency-Key is not msg_id
hc hc-no-token token security header_missing 1 header:Authorization | the token is not sent
hc hc-basic token security wrong_header 2 header:Authorization | the token is sent as Basic
hc hc-token-in-url token-url security leak 2 target | the token is in the URL in place of the header
hc hc-token-also-in-url token-url security leak 2 target | the token is in the URL as well
hc hc-path-kind path-kind protocol wrong_value 2 target | the path names another kind
hc hc-path-plural path protocol wrong_value 1 target | the path has the kind in the plural
hc hc-path-old path protocol wrong_value 1 target | the path is of version v0
hc hc-path-slash path protocol wrong_value 2 target | the path ends in a slash
hc hc-put method protocol wrong_value 1 method | PUT in place of POST
hc hc-get method protocol wrong_value 1 method | GET in place of POST
hc hc-no-host host protocol header_missing 1 header:Host | no Host
hc hc-length-short framing-short protocol wrong_length 2 header:Content-Length | Content-Length is one too few
hc hc-length-long framing-long protocol wrong_length 2 request | Content-Length is one too many
hc hc-two-lengths framing-two protocol ambiguous 3 header:Content-Length | two different lengths
hc hc-bare-lf line-ends protocol wrong_framing 2 line | lines end in LF
hc hc-gzip-lie coding protocol wrong_header 2 header:Content-Encoding | gzip is declared and not used
hc hc-gives-up retry state no_resend 1 retry | a message that was not accepted is given up
hc hc-5xx-is-dead retry state no_resend 1* retry | 503 is taken as final
hc hc-5xx-is-done retry state lost 2* retry | 503 is taken as delivered
hc hc-429-is-dead retry-429 state no_resend 2* retry | 429 is taken as final
hc hc-lost-answer-is-done retry-lost state lost 2 retry | a connection that breaks is taken as delivered
hc hc-retries-400 no-retry-400 state retry_storm 1* retry | a refused message is sent again and again
hc hc-401-fast no-retry-401 state retry_storm 3 time | refused credentials are tried again at once
hc hc-no-back-off back-off state retry_storm 1* time | no pause between tries
hc hc-flat-back-off back-off-grows state retry_storm 3 time | the pause between tries does not grow
hc hc-ignores-retry-after retry-after protocol ignored 2* time | Retry-After is ignored
hc hc-new-id-on-retry same-bytes state doubled 2 retry | a retry has a new msg_id
hc hc-new-bytes-on-retry same-bytes state changed 3 body | a retry has the msg_id, and other bytes
hc hc-new-key-on-retry same-key state doubled 2 header:Idempotency-Key | a retry has a new Idempotency-Key
hc hc-drops-last-on-retry same-bytes state lost 2 body | a retry lacks the last item
hc hc-resends-accepted no-repeat state doubled 1 retry | an accepted message is sent again
hc hc-409-again conflict state retry_storm 2 retry | 409 is tried again
hc hc-follows-redirect redirect security leak 2 redirect | a redirect is followed with the token
hc hc-413-drops split state lost 2 /items | a message that is too large is dropped
hc hc-207-is-done partial state lost 2 /items | items that may come again are given up
hc hc-207-resends-all partial-done state doubled 2 retry | all of a message comes again for one item
hc hc-207-resends-refused partial-refused state retry_storm 3 body/items | refused items come again
hc hc-any-answer answer-id state no_check 3 retry | an answer that names another message is taken
hc hc-any-results answer-results state no_check 3 retry | results for another number of items are taken
hc hc-frozen-id unique-id state duplicated_id 2 /msg_id | every message has the msg_id of the first
hc hc-repeats-content fresh state frozen 3 body/items | the records of the first message come again with new ids
hc http-plain-client tls-used security plaintext 1 tls | plain HTTP is spoken to an https address
hc tls-unverified tls-verify security no_check 1 tls | the server's certificate is not verified
hc tls-any-name tls-name security no_check 2 tls | the name in the certificate is not compared
hc tls-expired tls-expired security no_check 2 tls | an expired certificate is taken
hc tls-old-client tls-version security downgrade 2 tls | TLS 1.0 and 1.1 are spoken too
hc tls-no-own-cert tls-client security no_answer 2 tls | no client certificate is shown
hc tls-falls-back tls-plaintext security downgrade 3 tls | plain HTTP after a failed handshake
zd zmq-topic-no-dot topic protocol wrong_value 1 topic | the topic has no dot
zd zmq-topic-kind topic-kind protocol wrong_value 2 topic | the topic names another kind
zb zmq-topic-upper topic protocol wrong_value 1 topic | the topic is in upper case
zb zmq-topic-prefix topic protocol wrong_value 1 topic | the topic has a prefix
zp zmq-topic-empty topic protocol empty 1 topic | the topic is empty
zb zmq-topic-kind topic-kind protocol wrong_value 2 topic | the topic names another kind
zd zmq-no-topic frames protocol frame_count 1 frames | the topic frame is missing
zp zmq-no-header frames protocol frame_count 1 frames | the header frame is missing
zb zmq-frame-more frames protocol frame_count 2 frames | an empty fourth frame
zp zmq-one-frame frames protocol frame_count 1 frames | all in one frame
zd zmq-frames-order frames-order protocol reordered 2 header | body before header
zp zmq-body-empty body protocol empty 1 body | the body is empty
zd zmq-header-no-id header-id-missing protocol member_missing 1 header/id | the header has no id
zd zmq-header-other-id header-id protocol wrong_value 2 header/id | the header's id is not msg_id
zb zmq-header-no-kind header-kind-missing protocol member_missing 1 header/info_type | the header has no info_type
zp zmq-header-other-kind header-kind protocol wrong_value 2 header/info_type | the header names another kind
zd zmq-header-count header-count protocol count_mismatch 2 header/items | the header counts one item too many
zb zmq-header-no-count header-count-form protocol member_missing 2 header/items | the header does not count
zp zmq-header-count-text header-count-form protocol wrong_type 2 header/items | the count is a text
zb zmq-header-sequence header-sequence protocol wrong_value 3 header/first_sequence | first_sequence does not grow
zd zmq-header-media header-media protocol wrong_value 2 header/content_type | content_type is text/xml
zd zmq-header-not-json header protocol not_json 1 header | the header is cut
zp zmq-header-nested header protocol wrong_value 2 header | the header is one level down
zb zmq-header-not-json header protocol not_json 1 header | the header is cut
zp zmq-loses-third sequence state lost 3 header/first_sequence | each third message is not sent
zb zmq-loses-third sequence state lost 3 header/first_sequence | each third message is not sent
zp zmq-sends-twice once state doubled 1 header/id | messages are sent twice
zb zmq-sends-twice once state doubled 1 header/id | messages are sent twice
zp zmq-swaps order state reordered 3 header/first_sequence | the first two messages change places
zd zd-no-wait ack state no_wait 2 header/id | the acknowledgement is not waited for
zd zd-any-ack ack-id state no_check 3 header/id | whatever comes is taken as the acknowledgement
zd zd-ack-other-id ack-id state no_check 3 header/id | an acknowledgement of another id is taken
zd zd-no-resend resend state no_resend 1 header/id | no resend without an acknowledgement
zd zd-new-id same-id state doubled 2 header/id | a resend has a new id
zd zd-new-bytes same-bytes state changed 3 body | a resend has other bytes
zd zd-resend-after-ack no-repeat state doubled 1 header/id | an acknowledged message is sent again
zd zd-retries-400 no-retry-400 state retry_storm 1 header/id | a refused message is sent again
zd zd-503-is-dead retry-503 state no_resend 2 header/id | 503 is taken as final
zd zd-503-is-done retry-503 state lost 2 header/id | 503 is taken as delivered
zd zd-no-back-off back-off state retry_storm 2 header/id | no pause after 503
zd zd-207-is-done partial state lost 2 body/items | items that may come again are given up
zd zd-207-resends-refused partial-refused state retry_storm 3 body/items | refused items come again
zd zd-207-resends-all partial-all state doubled 2 body/items | all of a message comes again for one item
zd zmq-null curve security plaintext 1 handshakes | CURVE is not used although keys are given
zp zmq-null curve security plaintext 1 handshakes | CURVE is not used although keys are given
zb zmq-null curve security plaintext 1 handshakes | CURVE is not used although keys are given
ss ss-pri-192 pri-range protocol over_range 1 PRI | PRI is 192
ss ss-pri-zero pri-zero protocol wrong_form 2 PRI | PRI has a leading zero
ss ss-pri-swapped pri-facility protocol wrong_value 2 PRI | facility and severity are exchanged
ss ss-facility-kernel facility protocol wrong_value 2 PRI | the facility is kern
ss ss-severity-constant severity protocol constant 2 PRI | the severity does not follow the level
ss ss-severity-reversed severity protocol reversed 3 PRI | graver levels have lower severities
ss ss-version-2 version protocol wrong_value 1 VERSION | VERSION is 2
ss ss-no-version version protocol missing 1 VERSION | no VERSION
ss ss-time-no-zone time-offset protocol bad_time 2 TIMESTAMP | TIMESTAMP has no offset
ss ss-time-3164 timestamp protocol bad_time 1 TIMESTAMP | TIMESTAMP of the old form
ss ss-time-7-digits time-digits protocol bad_time 2 TIMESTAMP | seven digits of a second
ss ss-time-lower time-case protocol bad_time 2 TIMESTAMP | t in place of T
ss ss-time-stale timestamp-now protocol bad_time 3 TIMESTAMP | TIMESTAMP is of the year before
ss ss-host-long hostname-length protocol over_length 2 HOSTNAME | HOSTNAME of 256 characters
ss ss-host-utf8 hostname encoding bad_characters 2 HOSTNAME | HOSTNAME outside ASCII
ss ss-no-host header protocol missing 2 HEADER | no HOSTNAME
ss ss-app-long app-name protocol over_length 2 APP-NAME | APP-NAME of 49 characters
ss ss-app-space header protocol bad_characters 2 HEADER | APP-NAME has a space
ss ss-app-empty header protocol empty 2 HEADER | APP-NAME is empty
ss ss-procid-long procid protocol over_length 2 PROCID | PROCID of 129 characters
ss ss-no-procid header protocol missing 2 HEADER | no PROCID
ss ss-msgid-nil msgid protocol wrong_value 1 MSGID | MSGID is nil
ss ss-msgid-kind msgid protocol wrong_value 2 MSGID | MSGID names another kind
ss ss-msgid-long msgid-length protocol over_length 2 MSGID | MSGID over 32 characters
ss ss-msgid-upper msgid protocol wrong_value 2 MSGID | MSGID is in upper case
ss ss-sd-empty sd protocol empty 2 STRUCTURED-DATA | STRUCTURED-DATA is empty
ss ss-sd-unescaped sd-escape protocol bad_encoding 2 STRUCTURED-DATA | quote and bracket are not escaped
ss ss-sd-twice sd-id protocol duplicated_id 2 STRUCTURED-DATA | an SD-ID occurs twice
ss ss-sd-own-name sd-name protocol bad_name 3 STRUCTURED-DATA | an own SD-ID without enterprise number
ss ss-sd-space sd-space protocol wrong_form 2 MSG | a space between elements
ss ss-two-spaces header protocol wrong_form 2 HEADER | two spaces in the header
ss ss-old-form header protocol wrong_form 1* HEADER | messages of the old form
ss ss-no-bom bom encoding missing 1 MSG | no BOM before UTF-8 text
ss ss-bom-first bom encoding misplaced 2 MSG | the BOM stands before the header
ss ss-bom-twice bom encoding duplicated 2 MSG | two BOMs
ss ss-pretty one-line protocol wrong_form 2 MSG | the JSON text has line ends
ss ss-trailing-newline framing-lf protocol trailing_garbage 2 MSG-LEN | a line end behind the text
ss ss-trailing-nul trailing protocol trailing_garbage 2 MSG | NUL behind the text
ss ss-gb18030 utf8 encoding invalid_utf8 2 MSG | the text is GB 18030
ss ss-cut-1k size-cut limits truncate 1* MSG | the text is cut at 1 KiB
ss ss-prefix-text body protocol trailing_garbage 1 MSG | words before the JSON text
ss ss-count-more framing protocol wrong_length 2 MSG-LEN | the count is one too many
ss ss-count-less framing protocol wrong_length 2 MSG-LEN | the count is one too few
ss ss-count-characters framing protocol wrong_length 3* MSG-LEN | characters are counted, not octets
ss ss-count-zero framing-zero protocol wrong_form 2 MSG-LEN | the count has a leading zero
ss ss-count-no-space framing-space protocol wrong_form 1 MSG-LEN | no space behind the count
ss ss-lf-framing framing-none protocol wrong_framing 1 MSG-LEN | messages end in LF in place of a count
ss ss-count-and-lf framing-lf protocol wrong_framing 2 MSG-LEN | counts and LF
ss ss-udp-count udp-framing protocol wrong_framing 2 datagram | datagrams have a count
ss ss-udp-split udp-one protocol wrong_framing 2 datagram | a message is split over two datagrams
ss ss-udp-two udp-once state doubled 2 /msg_id | datagrams are sent twice
ss ss-no-resend resend state lost 3 reconnect | what was written on a broken connection is not sent again
ss ss-gives-up reconnect state stops 1 reconnect | a broken connection ends the product
ss ss-no-back-off back-off state retry_storm 2 reconnect | no pause between connections
ss ss-twice once state doubled 2 /msg_id | messages are sent twice
ss ss-fills-up size limits over_length 2 message | messages are longer than the limit
ss ss-plain tls-plaintext security plaintext 1 tls | plain TCP to a tls address
ss tls-unverified tls-verify security no_check 1 tls | the receiver's certificate is not verified
ss tls-any-name tls-name security no_check 2 tls | the name in the certificate is not compared
ss tls-expired tls-expired security no_check 2 tls | an expired certificate is taken
ss tls-old-client tls-version security downgrade 2 tls | TLS 1.0 and 1.1 are spoken too
ss tls-no-own-cert tls-client security no_answer 2 tls | no client certificate is shown
kp kp-topic-kind topic-kind protocol wrong_value 2 topic | the topic names another kind
kp kp-topic-version topic protocol wrong_value 1 topic | the topic is of version v2
kp kp-topic-no-version topic protocol wrong_value 1 topic | the topic has no version
kp kp-topic-one topic-kind protocol constant 2 topic | one topic for all kinds
kp kp-topic-dashes topic protocol wrong_form 1 topic | dashes in place of dots
kp kp-topic-plural topic protocol wrong_value 1 topic | the kind is in the plural
kp kp-topic-upper topic protocol wrong_form 2 topic | the kind is in upper case
kp kp-key-none key-there protocol missing 1 key | no key
kp kp-key-random key protocol wrong_value 2 key | a random key
kp kp-key-constant key protocol constant 2 key | the same key always
kp kp-key-kind key protocol wrong_value 2 key | the kind as key
kp kp-key-empty key protocol empty 2 key | an empty key
kp kp-key-quoted key encoding wrong_form 2 key | the key is quoted JSON
kp kp-key-msg-id key protocol wrong_value 3 key | msg_id as key where the kind has an id
kp kp-no-headers headers protocol missing 1 headers | no headers
kp kp-no-schema header-schema-there protocol missing 1 headers/schema | no header schema
kp kp-no-version header-version-there protocol missing 1 headers/schema_version | no header schema_version
kp kp-no-source header-source protocol missing 1 headers/source | no header source
kp kp-schema-kind header-schema protocol mismatch 2 headers/schema | the header schema names another kind
kp kp-version-other header-version protocol mismatch 2 headers/schema_version | the header schema_version is not that of the envelope
kp kp-version-word header-version protocol wrong_form 2 headers/schema_version | the header schema_version is a word
kp kp-source-empty header-source protocol empty 2 headers/source | the header source is empty
kp kp-headers-upper headers protocol wrong_form 2 headers | header names in upper case
kp kp-value-null value-empty protocol null 1 value | records without value
kp kp-value-empty value-empty protocol empty 1 value | empty values
kp kp-value-quoted value-object encoding wrong_form 2 value | the value is a JSON text within a JSON text
kp kp-value-gzip value encoding wrong_form 2 value | the value is gzip
kp kp-value-framed value encoding wrong_form 2* value | five bytes of a schema registry before the value
kp kp-acks-1 acks state no_wait 2 acks | only the leader is asked for an acknowledgement
kp kp-acks-0 acks state no_wait 2 acks | the broker is asked for no acknowledgement
kp kp-gives-up retry state no_resend 2 retry | a failed produce request is given up
kp kp-new-id same-id state doubled 2 retry | a retry has a new msg_id
kp kp-twice once state doubled 1 value | records are produced twice
"""
