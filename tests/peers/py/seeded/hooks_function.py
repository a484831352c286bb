# SPDX-License-Identifier: Apache-2.0
"""Faults of the function interface; the form is that of hooks.py."""

SERVER = """
fs auth-none auth security no_check 1 status | no token is asked for
fs auth-absent-ok auth-absent security no_check 2 status | a request without token is let in
fs auth-any-token auth-wrong security no_check 1 status | any bearer token is taken
fs auth-prefix auth-wrong security weak_check 3 status | a token that begins with or continues the right one is taken
fs auth-query auth-url security weak_check 3 status | a token in the URL is taken
fs fs-no-challenge auth-challenge errors header_missing 2 header:WWW-Authenticate | 401 without WWW-Authenticate
fs fs-no-roles role security no_check 2 status | the classes of a token are not looked at
fs fs-any-method method protocol no_check 2 status | any method is taken
fs fs-any-media media protocol no_check 1 status | Content-Type is not looked at
fs fs-no-limit limit limits unlimited 2 status | a body of any size is taken
fs fs-any-version version protocol no_check 1 status | any version is taken
fs fs-missing-request_id missing-request-id check no_check 1 status | a request without request_id is taken
fs fs-missing-timestamp missing-timestamp check no_check 2 status | a request without timestamp is taken
fs fs-missing-nonce missing-nonce check no_check 2 status | a request without nonce is taken
fs fs-missing-sender missing-sender check no_check 2 status | a request without sender is taken
fs fs-missing-version missing-version check no_check 2 status | a request without version is taken
fs fs-missing-params missing-params check no_check 2 status | a request without params is taken
fs fs-missing-class missing-class check no_check 2 status | a request without class is taken
fs fs-missing-operation missing-operation check no_check 2 status | a request without operation is taken
fs fs-unknown-member unknown check no_check 2 status | unknown members of the envelope are taken
fs fs-params-unchecked params check no_check 1 status | parameters are not checked
fs fs-any-operation operation protocol no_check 1 status | unknown operations are answered with 0
fs fs-path-differs path-differs protocol no_check 2 status | class and operation of the body may differ from the path
fs check-type type check no_check 2 status | wrong types are taken
fs check-missing params-missing check no_check 2 status | missing parameters are taken
fs check-enum params-value check no_check 2 status | words outside a list are taken
fs check-range params-value check no_check 2 status | a ttl out of range is taken
fs check-unknown params-unknown check no_check 3 status | unknown parameters are taken
fs check-time timestamp-form errors wrong_status 3 status | a malformed timestamp is answered with 500
fs fs-window-wide window security weak_check 3 status | the window is an hour
fs fs-no-window window security no_check 1 status | the timestamp is not looked at
fs fs-future-ok window-future security weak_check 2 status | timestamps of the future are taken
fs fs-past-ok window-past security weak_check 2 status | timestamps of the past are taken
fs fs-window-narrow window-inside security too_small 3 status | the window is ten seconds
fs fs-no-nonces nonce security no_check 1 status | a nonce may come again
fs fs-nonce-last-only nonce security weak_check 3 status | only the last nonce is remembered
fs fs-nonce-with-id nonce security weak_check 3 status | a nonce may come again with another request_id
fs fs-nonces-forgotten nonce-restart security not_persisted 3 status | nonces are forgotten over a restart
fs fs-signature-ignored signature security no_check 1 status | signatures are not checked
fs fs-signature-no-body signature-body security weak_check 3 status | a signature of the right key id is taken without computing it
fs fs-any-target target protocol no_check 2 status | unknown targets are taken
fs fs-no-idempotency idempotency state doubled 1 store | a repeated request takes effect twice
fs fs-conflict-ok conflict state no_check 2 status | the same request_id with other contents gets the stored response
fs fs-repeat-409 repeat state wrong_status 2 status | a repeat is called a conflict
fs fs-repeat-other repeat state changed 3 /data | a repeat has another response
fs store-forgets restart state not_persisted 3 store | request ids are forgotten over a restart
fs fs-effect-lost effect state lost 1 store | nothing is done
fs fs-effect-twice effect-once state doubled 1 store | commands are done twice
fs fs-dry-run-acts dry-run state doubled 2 store | a dry run takes effect
fs fs-dry-run-unsaid dry-run-said protocol member_missing 2 /data/dry_run | a dry run does not say that it was one
fs fs-limits-always rate limits too_small 1 status | every command is answered with 429
fs fs-no-timestamp answer-timestamp protocol member_missing 1 /timestamp | responses have no timestamp
fs fs-timestamp-number answer-timestamp protocol wrong_type 2 /timestamp | the timestamp of responses is a number
fs fs-version-other answer-version protocol wrong_value 2 /version | responses are of version 0.9
fs fs-no-version answer-version protocol member_missing 1 /version | responses have no version
fs fs-request-id-other answer-id protocol wrong_value 1 /request_id | responses echo another request_id
fs fs-no-request-id answer-id protocol member_missing 1 /request_id | responses have no request_id
fs fs-code-text answer-code protocol wrong_type 2 /code | the code is a text
fs fs-no-message answer-message protocol member_missing 2 /message | responses have no message
fs fs-code-zero-always code-status errors wrong_code 1* /code | errors have code 0
fs fs-error-stack leak security leak 3* /message | errors show a stack trace
fs fs-code-2001 auth-code errors wrong_code 2 /code | 2002 where 2001 is due
fs fs-status-2001 auth-status errors wrong_status 2 status | 403 where 401 is due
fs fs-code-2002 role-code errors wrong_code 2 /code | 2001 where 2002 is due
fs fs-status-2002 role-status errors wrong_status 2 status | 401 where 403 is due
fs fs-code-1001 json-code errors wrong_code 2 /code | 1004 where 1001 is due
fs fs-code-1002 type-code errors wrong_code 3 /code | 1004 where 1002 is due
fs fs-code-1003 missing-code errors wrong_code 2 /code | 1002 where 1003 is due
fs fs-status-1003 missing-status errors wrong_status 2 status | 422 where 400 is due
fs fs-code-1004 value-code errors wrong_code 3 /code | 1002 where 1004 is due
fs fs-code-1005 version-code errors wrong_code 2 /code | 1004 where 1005 is due
fs fs-status-1005 version-status errors wrong_status 2 status | 501 where 400 is due
fs fs-code-1006 limit-code errors wrong_code 2 /code | 1001 where 1006 is due
fs fs-code-3001 operation-code errors wrong_code 2 /code | 3002 where 3001 is due
fs fs-status-3001 operation-status errors wrong_status 2 status | 400 where 404 is due
fs fs-code-2003 signature-code errors wrong_code 2 /code | 2001 where 2003 is due
fs fs-code-2004 window-code errors wrong_code 2 /code | 1004 where 2004 is due
fs fs-code-2005 nonce-code errors wrong_code 2 /code | 2004 where 2005 is due
fs fs-status-2005 nonce-status errors wrong_status 2 status | 409 where 401 is due
fs fs-code-3002 target-code errors wrong_code 2 /code | 3001 where 3002 is due
fs fs-status-3002 target-status errors wrong_status 2 status | 400 where 404 is due
fs fs-code-3006 conflict-code errors wrong_code 2 /code | 1004 where 3006 is due
fs fs-status-3006 conflict-status errors wrong_status 2 status | 400 where 409 is due
fs fs-status-errors-200 code-status errors wrong_status 1* status | every error has status 200
fs fs-status-errors-500 code-status errors wrong_status 1* status | every error has status 500
fs fs-202-as-200 task-status protocol wrong_status 2 status | a task is answered with 200
fs fs-accepted-code-0 task-code protocol wrong_code 2 /code | a task is answered with code 0
fs fs-no-task-id task-id protocol member_missing 1 /task_id | a task has no id
fs fs-task-id-other task-found state wrong_value 2 status | the task id that is given is not that of the task
fs fs-task-never-found task-found state lost 1 status | tasks are never found
fs fs-task-always-found task-unknown check no_check 2 status | any task id is found
fs fs-task-never-ends task-ends state stuck 2 /data/state | tasks run for ever
fs fs-task-id-wrong task-same protocol wrong_value 3 /data/task_id | the state of a task names another task
fs fs-task-no-state task-state protocol member_missing 2 /data/state | a task has no state
fs fs-cancel-ignored task-cancel state ignored 2 /data/state | a cancelled task goes on
fs fs-capability-short capability protocol lost 2 /data/capabilities | capabilities lack a class that is offered
fs fs-capability-more capability-more protocol wrong_value 3 /data/capabilities | capabilities list an operation that does not exist
fs fs-capability-no-versions capability-form protocol member_missing 2 /data/capabilities/0/versions | capabilities have no versions
fs fs-capability-map capability-form protocol wrong_type 2 /data/capabilities | capabilities are an object
fs fs-ttl-ignored ttl state wrong_value 2 /data/effective_until | the ttl of a block is ignored
fs fs-no-effective-until ttl protocol member_missing 1 /data/effective_until | a block does not say until when
fs fs-result-text result-block protocol wrong_type 2 /data/accepted | what a block accepted is one text
fs fs-result-word result-state protocol bad_enum 2 /data/state | the state is a word that is not of the list
fs fs-result-items-map result-query protocol wrong_type 2 /data/items | assets that were asked for are an object
fs fs-result-items-text result-lookup protocol wrong_type 3 /data/items/0 | a threat is a text
fs fs-result-percent result-status protocol wrong_type 2 /data/cpu | the load is a text with a per cent sign
fs fs-result-unknown result-policy protocol unknown_member 3 /data/note | the result of a policy has an unknown member
fs json-duplicates json-duplicates encoding no_check 2 status | duplicate member names are taken
fs json-replaces json-utf8 encoding no_check 2 status | bytes that are not UTF-8 are replaced by U+FFFD
fs json-deep-crash json-depth limits crash 2* product | deep nesting ends the product
fs json-trailing json-grammar encoding no_check 2 status | what follows the JSON text is ignored
fs http-html-error error-json errors not_json 1* body | errors come as an HTML page
fs http-empty-error error-json errors empty 1 body | errors have no body
fs http-answer-text answer-media protocol wrong_header 2 header:Content-Type | answers are declared as text/plain
fs http-te-and-cl smuggling security ambiguous 2 connection | Transfer-Encoding with Content-Length is taken
fs http-host host protocol no_check 2 status | no or two Host lines are taken
fs tls-old-server tls-version security downgrade 1 tls | TLS 1.0 is offered
fs tls-plaintext-too tls-plaintext security plaintext 2 status | plain HTTP is served on the TLS port
fs tls-client-cert-ignored tls-client security no_check 1 tls | no client certificate is asked for
"""

CLIENT = """
fc fc-no-version version protocol member_missing 1 /version | requests have no version
fc fc-version-2 version protocol wrong_value 1 /version | version is 2.0
fc fc-version-number version protocol wrong_type 2 /version | version is a number
fc fc-no-request-id request-id protocol member_missing 1 /request_id | requests have no request_id
fc fc-request-id-constant request-id-unique state duplicated_id 1 /request_id | every request has the same request_id
fc fc-no-timestamp timestamp protocol member_missing 1 /timestamp | requests have no timestamp
fc fc-stamp-local timestamp protocol bad_time 1 /timestamp | the timestamp has no offset
fc fc-stamp-number timestamp protocol wrong_type 2 /timestamp | the timestamp is a number
fc fc-stamp-stale timestamp-now security bad_time 2 /timestamp | the timestamp is 15 minutes old
fc fc-stamp-future timestamp-now security bad_time 2 /timestamp | the timestamp is 15 minutes ahead
fc fc-stamp-utc-lie timestamp-now security bad_time 3 /timestamp | local time is declared as UTC
fc fc-no-nonce nonce protocol member_missing 1 /nonce | requests have no nonce
fc fc-nonce-empty nonce protocol empty 1 /nonce | the nonce is empty
fc fc-nonce-constant nonce-unique security constant 1 /nonce | every request has the same nonce
fc fc-no-sender sender protocol member_missing 1 /sender | requests have no sender
fc fc-sender-empty sender protocol empty 2 /sender | the sender is empty
fc fc-no-class class protocol member_missing 1 /class | requests have no class
fc fc-class-zh class protocol wrong_value 2 /class | the class is a Chinese word
fc fc-class-differs class-path protocol mismatch 2 /class | the class differs from the path
fc fc-no-operation operation protocol member_missing 1 /operation | requests have no operation
fc fc-operation-differs operation-path protocol mismatch 2 /operation | the operation differs from the path
fc fc-operation-camel operation protocol wrong_form 2 /operation | the operation is in camel case
fc fc-no-params params protocol member_missing 1 /params | requests have no params
fc fc-params-array params protocol wrong_type 2 /params | params is an array
fc fc-params-text params protocol wrong_type 2 /params | params is a JSON text within a text
fc fc-unknown-member unknown protocol unknown_member 2 /priority | an unknown member
fc fc-params-unknown params-unknown protocol unknown_member 3 /params/colour | an unknown parameter
fc fc-kind-word params-block protocol bad_enum 2 /params/kind | a kind that is not of the list
fc fc-values-text params-block protocol wrong_type 2 /params/values | values is a text
fc fc-values-empty params-block protocol empty 2 /params/values | values is empty
fc fc-no-values params-block protocol missing 1 /params/values | no values
fc fc-ttl-text params-ttl protocol wrong_type 2 /params/ttl_s | ttl_s is a text
fc fc-ttl-negative params-ttl protocol under_range 2 /params/ttl_s | ttl_s is negative
fc fc-policy-no-id params-policy protocol missing 2 /params/policy/id | a policy without id
fc fc-disposal-word params-dispose protocol bad_enum 2 /params/disposal_status | a status that is not of the list
fc fc-no-ioc-values params-lookup protocol missing 2 /params/ioc_values | no ioc_values
fc fc-no-targets params-scan protocol missing 2 /params/targets | no targets
fc fc-dry-run-text params-dry-run protocol wrong_type 2 /params/dry_run | dry_run is a text
fc fc-no-token token security header_missing 1 header:Authorization | the token is not sent
fc fc-basic token security wrong_header 2 header:Authorization | the token is sent as Basic
fc fc-token-in-url token-url security leak 2 target | the token is in the URL as well
fc fc-token-in-body token security leak 2 header:Authorization | the token is in the body in place of the header
fc fc-media media protocol wrong_header 1 header:Content-Type | Content-Type is text/plain
fc fc-path-class class-path protocol wrong_value 2 /class | the path names another class
fc fc-path-flat path protocol wrong_value 1 target | the path has no class
fc fc-path-old path protocol wrong_value 1 target | the path is of version v0
fc fc-put method protocol wrong_value 1 method | PUT in place of POST
fc hc-no-host host protocol header_missing 1 header:Host | no Host
fc hc-length-long framing-long protocol wrong_length 2 request | Content-Length is one too many
fc fc-body-twice json-duplicates encoding duplicate_key 2 received: | version occurs twice
fc fc-body-bom json-bom encoding bom 2 body | a byte order mark before the body
fc fc-body-latin json-utf8 encoding invalid_utf8 2 body | a byte that is not UTF-8
fc fc-sign-garbage signature security wrong_value 2 header:X-Interconn-Signature | the signature is wrong
fc fc-sign-no-nonce signature security wrong_value 3 header:X-Interconn-Signature | the nonce is not signed
fc fc-sign-body signature security wrong_value 3 header:X-Interconn-Signature | the signature is of another body
fc fc-sign-alg signature-alg security wrong_value 2 header:X-Interconn-Signature | the signature names another algorithm
fc fc-no-retry retry state no_resend 1 retry | a request without answer is given up
fc fc-503-refused retry-503 state no_resend 1 retry | 503 is taken as final
fc fc-429-refused retry-429 state no_resend 2 retry | 429 is taken as final
fc fc-retries-400 no-retry-400 state retry_storm 1* retry | a refused request is sent again and again
fc fc-no-back-off back-off state retry_storm 1 time | no pause between tries
fc fc-ignores-retry-after retry-after protocol ignored 2 time | Retry-After is ignored
fc fc-new-id-on-retry same-id state doubled 2 /request_id | a retry has a new request_id
fc fc-same-bytes-on-retry fresh-nonce security replay 2 /nonce | a retry repeats nonce and timestamp
fc fc-same-nonce-on-retry fresh-nonce security replay 2 /nonce | a retry repeats the nonce
fc fc-same-stamp-on-retry fresh-stamp security replay 3 /timestamp | a retry repeats the timestamp
fc fc-params-change-on-retry same-params state changed 3 /params | a retry has other parameters
fc fc-repeats-done no-repeat state doubled 2 retry | a command that was done is sent again
fc fc-2005-refused nonce-refused state no_resend 3 retry | a refused nonce is not replaced
fc fc-any-request-id answer-id security no_check 3 retry | a response to another request is taken
fc fc-any-body answer-json state no_check 3 retry | an answer that is no JSON is taken as done
fc fc-no-poll task state ignored 1 request | tasks are not followed
fc fc-polls-other-task task protocol wrong_value 2 request | another task is asked for
fc fc-task-raw task-encode encoding no_check 3 target | a task id is put into the path as it is
fc fc-polls-query task-path protocol wrong_form 2 target | the task is in the query
fc fc-polls-post task-method protocol wrong_value 2 method | tasks are asked for by POST
fc fc-polls-no-token task-token security header_missing 2 header:Authorization | no token when asking for a task
fc fc-polls-fast task-pace state retry_storm 3 time | tasks are asked for without pause
fc fc-polls-once task-end state ignored 3 request | a running task is asked for once
fc fc-polls-on task-over state stuck 3 GET | a finished task is asked for again and again
fc http-plain-client tls-used security plaintext 1 tls | plain HTTP is spoken to an https address
fc tls-unverified tls-verify security no_check 1 tls | the server's certificate is not verified
fc tls-any-name tls-name security no_check 2 tls | the name in the certificate is not compared
fc tls-expired tls-expired security no_check 2 tls | an expired certificate is taken
fc tls-old-client tls-version security downgrade 2 tls | TLS 1.0 and 1.1 are spoken too
fc tls-no-own-cert tls-client security no_answer 2 tls | no client certificate is shown
"""
