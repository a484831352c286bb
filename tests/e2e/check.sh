#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutong check: everything that is wrong at once, each with its place; and what
# only this machine can tell: keys, encryption, ports.
set -eu
cd "$(dirname "$0")/../.."
hutong=${HUTONG:-build/debug/bin/hutong}
hutongd=${HUTONGD:-build/debug/bin/hutongd}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0
bad=0

# is NAME WANT GOT
is() {
    checks=$((checks + 1))
    [ "$2" = "$3" ] && return 0
    echo "FAIL  $1: want $2, got $3"
    bad=1
}

# config NAME <<YAML: a configuration that nobody else may write.
config() {
    cat >"$work/$1"
    chmod 600 "$work/$1"
}

# check WANTED-STATUS LEVEL NAME: what it says in $work/out
check() {
    status=0
    "$hutong" --lang en check --level "$2" "$work/$3" >"$work/out" 2>&1 || status=$?
    is "exit status of check $2 $3" "$1" "$status"
}

# says TEXT: a line of the last check
says() {
    checks=$((checks + 1))
    grep -qF "$1" "$work/out" && return 0
    echo "FAIL  not said: $1"
    sed 's/^/      /' "$work/out"
    bad=1
}

config good <<YAML
version: 1
agent: {id: a, data_dir: $work}
metrics: {listen: "127.0.0.1:0"}
inputs:
  fw: {type: syslog, listen: "udp://127.0.0.1:0", mapping: cef-generic, timezone: "+08:00", charset: gb18030}
outputs:
  f: {type: file, path: $work/out.ndjson}
YAML
for level in syntax semantic environment; do
    check 0 $level good
    says "0 errors, 0 warnings"
done
is "a check makes no file" "good out" "$(cd "$work" && echo *)"

# What the file says and what it means, in one go.
config wrong <<'YAML'
version: 1
agent: {id: a, colour: red}
inputs:
  fw: {type: syslg, mapping: cef-generc, timezone: "+28:00", charset: gbx}
  eve: {type: file, mapping: suricata-eve, patth: /x}
outputs:
  f: {type: file, path: /x, rotate: lots}
  s: {type: https, url: "https://x.example/", min_level: gigantic, kinds: [alrt]}
YAML
check 78 semantic wrong
says "wrong:2:16: unknown key 'colour'"
says '"+28:00" is no offset'
says '"gbx" is none of utf-8, gb18030, gbk'
says '"gigantic" is none of info'
says "type syslg is not built in"
says "patth: unknown option; did you mean path?"
says "path: is required"
says "alrt is no information kind"
says "no such mapping; did you mean cef-generic"
check 78 syntax wrong
is "syntax alone" 0 "$(grep -c 'not built in' "$work/out" || true)"
status=0
"$hutong" --json check "$work/wrong" >"$work/json" 2>/dev/null || status=$?
is "status of --json" 78 "$status"
is "JSON" ok "$(/usr/bin/python3 -c '
import json, sys
rows = [json.loads(l) for l in open(sys.argv[1])]
ok = all(r["level"] in ("error", "warning") and r["message"] for r in rows)
print("ok" if ok and len(rows) > 8 and rows[0]["line"] == 2 else rows)' "$work/json")"

# What the agent would say at its start, without starting it.
config open <<YAML
version: 1
agent: {id: a, data_dir: $work}
metrics: {listen: ""}
inputs:
  fw: {type: syslog, listen: "udp://127.0.0.1:99999", mapping: cef-generic}
outputs:
  z: {type: zmq, endpoint: "tcp://192.0.2.1:5556"}
  h: {type: https, url: "http://x.example/"}
  k: {type: https, url: "https://x.example/", token_file: $work/token}
YAML
echo secret >"$work/token"
chmod 644 "$work/token"
check 78 environment open
says "input fw: 127.0.0.1:99999: an address and a port are wanted"
says "output z: tcp://192.0.2.1:5556: leaves this machine without CURVE"
says "output h: url: http://x.example/: http is not encrypted"
says "token can be read by others; chmod 600"
status=0
"$hutongd" -c "$work/open" >"$work/out" 2>&1 || status=$?
is "exit status of hutongd" 78 "$status"

# The numbers are served in the clear: nowhere but here.
sed 's/127.0.0.1:0"}$/0.0.0.0:0"}/' "$work/good" | config public
check 78 environment public
says "metrics: 0.0.0.0:0: plain HTTP is offered on loopback only"
status=0
"$hutongd" -c "$work/public" >"$work/out" 2>&1 || status=$?
is "exit status of hutongd, public metrics" 78 "$status"

# A port that the running agent may have.
/usr/bin/python3 - "$work/port" <<'P' &
import os, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
with open(sys.argv[1] + ".part", "w") as f:
    f.write(str(s.getsockname()[1]))
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(60)
P
holder=$!
for _ in $(seq 200); do
    [ -s "$work/port" ] && break
    sleep 0.05
done
sed "s/udp:\/\/127.0.0.1:0/udp:\/\/127.0.0.1:$(cat "$work/port")/" "$work/good" | config taken
check 0 environment taken
says "Address already in use"
says "0 errors, 1 warnings"
kill "$holder"

# The options and a new key pair, for machines.
is "options as JSON" ok "$("$hutong" --json check --options | /usr/bin/python3 -c '
import json, sys
rows = json.load(sys.stdin)
listen = [r for r in rows if r["type"] == "syslog" and r["name"] == "listen"]
print("ok" if len(listen) == 1 and listen[0]["required"] and listen[0]["help"] else rows)')"
is "the manual has every option" 0 "$(/usr/bin/python3 packaging/man/options.py "$hutong" --check >&2; echo $?)"
is "keys as JSON" "$work/key.secret $work/key.pub" "$("$hutong" --json keygen "$work/key" |
    /usr/bin/python3 -c 'import json, sys; k = json.load(sys.stdin); print(k["secret"], k["public"])')"
is "mode of the secret" 600 "$(stat -c %a "$work/key.secret")"

# The file as hutongd takes it; a wrong option is named once, with the verb.
is "check -c" 0 "$("$hutong" --quiet check --level syntax -c "$work/good" >&2; echo $?)"

# In Chinese what the sources say in English, and the summary last.
config zh.yaml <<'YAML'
version: 1
inputs:
  a:
    type: fil
    mapping: suricata-eve
outputs:
  o:
    type: https
    urll: x
    batch_bytes: foo
YAML
"$hutong" --lang zh check "$work/zh.yaml" >"$work/out" 2>&1 || true
is "Chinese diagnostics" ":10:18: “foo”不是大小，例如 64MiB
:4:1: 输入 a：未编入类型 fil；现有：
:8:1: 输出 o：urll：未知的配置项；是否指 url？" \
    "$(sed "s|^$work/zh.yaml||; s|现有：.*|现有：|" "$work/out" | sed 3q)"
is "the summary comes last" "检查级别 semantic: 4 个错误, 0 个警告" \
    "$(tail -n 1 "$work/out")"
is "an error of the system in Chinese" "hutong: $work/none: 打开：没有那个文件或目录" \
    "$("$hutong" --lang zh --quiet normalize "$work/none" 2>&1 | sed 1q)"
printf '{"a":}}' >"$work/x.json"
is "an unreadable document in Chinese" \
    "$work/x.json:1: 不可读: 期望值，却是“}” (偏移 5，第 1 行第 6 列)" \
    "$("$hutong" --lang zh validate "$work/x.json" 2>/dev/null | sed 1q)"
is "one hint" "see hutong check --help" "$("$hutong" --lang en check --nope 2>&1 | sed 1d)"

# What nobody should be able to slip in.
config anchors <<'YAML'
version: 1
a: &x 1
b: *x
YAML
check 78 syntax anchors
says "anchors are not allowed here"
cp "$work/good" "$work/open-to-all"
chmod 666 "$work/open-to-all"
check 78 syntax open-to-all
says "writable by group or others"
check 78 syntax none
echo "check: $checks checks"
exit $bad
