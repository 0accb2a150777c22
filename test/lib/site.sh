# The servers of site and service in the network of netlab.sh, and each condition that a test makes with them. Sourced.
#
# A condition is a function named condition_ID, or condition_ID_variant (a '-' is a '_'). It runs after the settings of a
# site where all is well and changes what it needs; `site_up CONDITION` then starts the servers.
# shellcheck disable=SC2154,SC2034 # lab is set by netlab.sh, phone_options and transport are used by phone.sh

# Keys and certificates: an authority that the phone knows, one that it does not, and what they signed.
site_certificates() {
    local authority
    for authority in known foreign; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=Example $authority CA" \
            -keyout "$lab/$authority.key" -out "$lab/$authority.pem" -addext basicConstraints=critical,CA:TRUE 2>"$lab/err" || return
    done
    certificate web known activate.example.com config.example.net &&
        certificate edge known sip.example.net edge01.example.net edge02.example.net &&
        certificate inspected foreign sip.example.net edge01.example.net edge02.example.net activate.example.com config.example.net &&
        certificate elsewhere known www.example.org &&
        days=-1 certificate expired known sip.example.net edge01.example.net edge02.example.net &&
        certificate phone foreign 00005e005321.example.org
}

certificate() { # certificate FILE AUTHORITY NAME...: $lab/FILE.pem and .key, good for $days (30)
    local file=$1 authority=$2 names
    shift 2
    names=$(printf ',DNS:%s' "$@")
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -addext "subjectAltName=${names#,}" \
        -keyout "$lab/$file.key" -out "$lab/$file.csr" 2>"$lab/err" &&
        openssl x509 -req -in "$lab/$file.csr" -CA "$lab/$authority.pem" -CAkey "$lab/$authority.key" -CAcreateserial -days "${days:-30}" \
            -copy_extensions copy -out "$lab/$file.pem" 2>"$lab/err"
}

# What holds where all is well.
site_defaults() {
    dhcp_options=("--dhcp-option=3,192.0.2.1" "--dhcp-option=6,192.0.2.53,192.0.2.54" "--dhcp-option=15,example.org")
    unbound_more="" zone_more=""
    dnsmasq_upstream=(--server=192.0.2.53)
    tftp=no rival=no
    web=web
    edge=edge transport=tls password=secret-of-15550100
    configuration='200 "<flat-profile><Proxy_1_>sip.example.net</Proxy_1_><User_ID_1_>15550100</User_ID_1_></flat-profile>\n"'
    edge_options=()
    phone_options=()
    filters=()
    cat >"$lab/example.com.zone" <<'END'
example.com. 300 IN SOA ns.example.com. hostmaster.example.com. 1 3600 600 86400 60
example.com. 300 IN NS ns.example.com.
ns.example.com. 300 IN A 198.51.100.53
activate.example.com. 300 IN CNAME lb.activate.example.com.
lb.activate.example.com. 300 IN A 198.51.100.10
END
    cat >"$lab/example.net.zone" <<'END'
example.net. 300 IN SOA ns.example.net. hostmaster.example.net. 1 3600 600 86400 60
example.net. 300 IN NS ns.example.net.
ns.example.net. 300 IN A 198.51.100.53
config.example.net. 300 IN A 198.51.100.20
_sips._tcp.sip.example.net. 200 IN SRV 5 50 8934 edge01.example.net.
_sips._tcp.sip.example.net. 200 IN SRV 10 50 8934 edge02.example.net.
edge01.example.net. 300 IN A 198.51.100.31
edge02.example.net. 300 IN A 198.51.100.32
END
}

zone() { # zone SCRIPT: edits the zones with sed
    sed -i "$1" "$lab/example.com.zone" "$lab/example.net.zone"
}

condition_clean() { :; }
condition_clean_tcp() { transport=tcp && zone 's/_sips/_sip/; s/8934/5060/'; }

# A former system's server is left in the DHCP scope.
condition_DH_01() { tftp=yes dhcp_options+=("--dhcp-option=66,203.0.113.20"); }
condition_DH_01_150() { tftp=yes dhcp_options+=("--dhcp-option=150,203.0.113.20"); }
condition_DH_01_160() { tftp=yes dhcp_options+=("--dhcp-option=160,tftp://203.0.113.20/8865-3PCC.xml"); }

# Another server offers addresses as well.
condition_DH_03() { rival=yes; }

# The configuration: no such file; a firewall in between.
condition_PV_01() { configuration=404; }
condition_PV_02() { filters=("forward ip daddr 198.51.100.20 tcp dport 443 drop"); }

# Resolvers that say nothing.
condition_DN_01() { filters=("input iif lan meta l4proto { tcp, udp } th dport 53 drop"); }
condition_DN_01_one() { filters=("input ip daddr 192.0.2.53 iif lan meta l4proto { tcp, udp } th dport 53 drop"); }

condition_DN_03() { zone '/activate/d'; }
condition_DN_03_config() { zone '/^config/d'; }

# dnsmasq without a server to ask refuses; a secondary server fails that never got its zone from the primary one.
condition_DN_04_refused() { dnsmasq_upstream=() unbound_more="access-control: 192.0.2.0/24 refuse"; }
condition_DN_04_servfail() { rm "$lab/example.com.zone" && zone_more="primary: 192.0.2.1"; }

condition_SV_01() { zone '/SRV/d'; }
condition_SV_01_nodata() { zone 's/ SRV .*/ TXT "no SRV"/'; }
condition_SV_02() { zone '/^edge/d'; }
condition_SV_05() { zone 's/^\(edge0[12].* \)A 198.51.100.\(3.\)/\1AAAA 2001:db8:100::\2/'; }

condition_TL_01() { filters=("forward tcp dport 8934 drop"); }
condition_TL_01_reject() { filters=("forward tcp dport 8934 reject with icmp admin-prohibited"); }

condition_TL_02() { edge=inspected; }
condition_TL_02_activation() { web=inspected; }

# The phone has TLS 1.2.
condition_TL_03_new() { edge_options=(-tls1_3); }
condition_TL_03_old() { edge_options=(-tls1_1 -cipher DEFAULT@SECLEVEL=0); }

condition_TL_04() { edge=elsewhere; }
condition_TL_04_activation() { web=elsewhere; }

condition_TL_05() { edge_options=(-Verify 1 -verify_return_error -CAfile "$lab/known.pem"); }
condition_TL_05_foreign() { condition_TL_05 && phone_options=(-cert "$lab/phone.pem" -key "$lab/phone.key"); }

# The first segment with data is answered by a reset; then by nothing that is larger than 600 bytes.
condition_TL_06() { filters=("forward tcp dport 8934 tcp flags & psh == psh reject with tcp reset"); }
condition_TL_07() { filters=("forward tcp sport 8934 ip length > 600 drop"); }
condition_TL_09() { edge=expired; }
condition_TL_10() { filters=("forward tcp dport 8934 reject with tcp reset"); }

# The account has another password; in clear and within TLS.
condition_RA_01() { password=another-secret; }
condition_RA_01_tcp() { condition_clean_tcp && condition_RA_01; }

site_up() { # site_up CONDITION
    local rule
    site_defaults
    "condition_${1//-/_}" || return
    for rule in "${filters[@]}"; do
        filter "$rule" || return
    done
    service_file >"$lab/service.conf"
    dhcp_up && resolvers_up && web_up && edges_up || return
    [ "$tftp" = no ] || tftp_up || return
    [ "$rival" = no ] || rival_up
}

# What the phone is to reach and what it can, in the words of share/services.
service_file() {
    printf '%s\n' "activation https://activate.example.com/" "provisioning https://config.example.net/" "proxy sip.example.net" \
        "transport $transport" "model CP-8865-3PCC" "  tls 1.2 1.2"
}

dhcp_up() {
    rm -f "$lab"/*.leases
    dhcp_server dhcp site lan 192.0.2.100 "${dhcp_options[@]}"
}

# A small router that somebody brought along; it says what the site says.
rival_up() {
    dhcp_server rival rival eth0 192.0.2.150 "${dhcp_options[@]}"
}

dhcp_server() { # dhcp_server NAME HOST INTERFACE ADDRESS OPTION...: has one ADDRESS to give away
    start "$1" "$2" "started, version" dnsmasq --keep-in-foreground --conf-file=/dev/null --log-facility=- --pid-file= --user=root \
        --port=0 --interface="$3" --bind-interfaces --no-ping --dhcp-leasefile="$lab/$1.leases" --log-dhcp \
        --dhcp-range="$4,$4,255.255.255.0,1h" "${@:5}"
}

resolvers_up() {
    local name
    {
        printf 'server:\n'
        printf '    %s\n' 'interface: 192.0.2.53' 'access-control: 0.0.0.0/0 allow' 'do-daemonize: no' 'chroot: ""' 'username: ""' \
            'use-syslog: no' 'logfile: ""' 'pidfile: ""' "directory: \"$lab\"" 'verbosity: 1' 'module-config: "iterator"' \
            'minimal-responses: yes' 'do-ip6: no' "$unbound_more"
        printf 'remote-control:\n    control-enable: no\n'
        for name in example.com example.net; do
            printf 'auth-zone:\n'
            printf '    %s\n' "name: $name" "zonefile: $lab/$name.zone" 'for-downstream: yes' 'for-upstream: yes' 'fallback-enabled: no' \
                "$zone_more"
        done
    } >"$lab/unbound.conf"
    start unbound site "start of service" unbound -d -p -c "$lab/unbound.conf" || return
    # With queries as the phone's own lookups are logged.
    start dnsmasq site "started, version" dnsmasq --keep-in-foreground --conf-file=/dev/null --log-facility=- --pid-file= --user=root \
        --listen-address=192.0.2.54 --bind-interfaces --no-resolv --no-hosts --log-queries "${dnsmasq_upstream[@]}"
}

# Activation and provisioning: the first names the place of the second.
web_up() {
    cat >"$lab/nginx.conf" <<END
daemon off;
user root;
worker_processes 1;
pid $lab/nginx.pid;
error_log stderr notice;
events {}
http {
    access_log off;
    default_type application/xml;
    client_body_temp_path $lab/body;
    proxy_temp_path $lab/proxy;
    fastcgi_temp_path $lab/fastcgi;
    uwsgi_temp_path $lab/uwsgi;
    scgi_temp_path $lab/scgi;
    ssl_certificate $lab/$web.pem;
    ssl_certificate_key $lab/$web.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    server {
        listen 198.51.100.10:443 ssl;
        location = /software/edos/callhome/rc {
            return 200 "<flat-profile><Profile_Rule>https://config.example.net/</Profile_Rule></flat-profile>\n";
        }
    }
    server {
        listen 198.51.100.20:443 ssl;
        location = / {
            return $configuration;
        }
    }
}
END
    start nginx service "start worker process " nginx -e stderr -c "$lab/nginx.conf"
}

# Two edges: a registrar behind TLS where all is well (or the certificate alone is at fault), else openssl's server.
edges_up() {
    local n listen=OPENSSL-LISTEN:8934,verify=0,cert=$lab/$edge.pem,key=$lab/$edge.key
    [ "$transport" != tcp ] || listen=TCP-LISTEN:5060
    for n in 1 2; do
        if [ ${#edge_options[@]} = 0 ]; then
            start "edge$n" service "listening on" env OPENSSL_CONF=/dev/null socat -d -d "$listen,bind=198.51.100.3$n,reuseaddr,fork" \
                "EXEC:$SRC/test/tools/registrar 15550100 $password" || return
        else
            start "edge$n" service ACCEPT env OPENSSL_CONF=/dev/null openssl s_server -accept "198.51.100.3$n:8934" -rev \
                -cert "$lab/$edge.pem" -key "$lab/$edge.key" "${edge_options[@]}" || return
        fi
    done
}

# What the former system serves.
tftp_up() {
    mkdir -p "$lab/tftp"
    printf '<device><former/></device>\n' >"$lab/tftp/8865-3PCC.xml"
    start tftp service "started, version" dnsmasq --keep-in-foreground --conf-file=/dev/null --log-facility=- --pid-file= --user=root \
        --port=0 --listen-address=203.0.113.20 --bind-interfaces --enable-tftp --tftp-root="$lab/tftp"
}
