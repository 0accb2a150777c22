/* The configurations of the lab's servers, as they follow from what holds. */
#include <stdio.h>

#include "app/lab/site.h"

/* -- lines of a server: its usual ones, without those that a fault leaves out, and those that it adds */

static bool is_in(const struct site *s, enum fault_word word)
{
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        if (s->fault->step[i].word == word && site_has(s, &s->fault->step[i])) {
            return true;
        }
    }
    return false;
}

static bool left_out(const struct site *s, struct str line, enum fault_word without)
{
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word == without && site_has(s, step) && str_starts(line, step->arg[0])) {
            return true;
        }
    }
    return false;
}

static void add_lines(const struct site *s, enum fault_word word, struct sink *out)
{
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word == word && site_has(s, step) && step->n) {
            site_text(out, step->arg[0]);
            sink_char(out, '\n');
        }
    }
}

static void usual(const struct site *s, const char *const *lines, enum fault_word without,
                  enum fault_word without2, struct sink *out)
{
    for (; *lines; lines++) {
        if (!left_out(s, str_z(*lines), without) && !left_out(s, str_z(*lines), without2)) {
            sink_z(out, *lines);
            sink_char(out, '\n');
        }
    }
}

/* -- DHCP */

static const char own_lease[] = "dhcp-host=" SITE_MAC "," SITE_PHONE;
static const char *const dhcp_lines[] = {"dhcp-range=192.0.2.100,192.0.2.109,255.255.255.0,1h",
                                         own_lease,
                                         "dhcp-option=3,192.0.2.1",
                                         "dhcp-option=6,192.0.2.53,192.0.2.54",
                                         "dhcp-option=15,example.org",
                                         NULL};

static void dhcp_text(const struct site *s, struct sink *out)
{
    if (is_in(s, WORD_DHCP_OFF)) {
        return;
    }
    sink_z(out, "port=0\ninterface=lan\nbind-interfaces\nno-ping\nlog-dhcp\ndhcp-"
                "authoritative\ndhcp-leasefile=" SPACE_FOLDER "/dhcp.leases\n");
    usual(s, dhcp_lines, WORD_DHCP_NOT, WORD_DHCP_NOT, out);
    add_lines(s, WORD_DHCP, out);
}

/* It says what the site says, and more. */
static void rival_text(const struct site *s, struct sink *out)
{
    if (!is_in(s, WORD_RIVAL)) {
        return;
    }
    sink_z(
        out,
        "port=0\ninterface=eth0\nbind-interfaces\nno-ping\nlog-dhcp\ndhcp-leasefile=" SPACE_FOLDER
        "/rival.leases\ndhcp-range=192.0.2.150,192.0.2.150,255.255.255.0,1h\ndhcp-option=3,192.0.2."
        "1\n"
        "dhcp-option=6,192.0.2.53,192.0.2.54\ndhcp-option=15,example.org\n");
    add_lines(s, WORD_RIVAL, out);
}

/* -- names */

static const char *const dns_lines[] = {
    "local=/example.com/",
    "local=/example.net/",
    "local=/example.org/",
    "host-record=activate.example.com,198.51.100.10",
    "host-record=config.example.net,198.51.100.20",
    "host-record=edge01.example.net,198.51.100.31",
    "host-record=edge02.example.net,198.51.100.32",
    "srv-host=_sips._tcp.example.com,edge01.example.net,5061,5,50",
    "srv-host=_sips._tcp.example.com,edge02.example.net,5061,10,50",
    "srv-host=_sip._tcp.example.com,edge01.example.net,5060,5,50",
    "srv-host=_sip._tcp.example.com,edge02.example.net,5060,10,50",
    "srv-host=_sip._udp.example.com,edge01.example.net,5060,5,50",
    "srv-host=_sip._udp.example.com,edge02.example.net,5060,10,50",
    NULL};

static void dns_text(const struct site *s, bool first, struct sink *out)
{
    if (is_in(s, WORD_DNS_OFF) || (first && is_in(s, WORD_DNS1_OFF))) {
        return;
    }
    static const unsigned lives[] = {300, 30, 3600, 86400, 60};
    sink_fmt(out,
             "listen-address=192.0.2.5%c\nbind-interfaces\nno-resolv\nno-hosts\nlog-queries\nlocal-"
             "ttl=%u\n",
             first ? '3' : '4', lives[s->seed % 5]);
    usual(s, dns_lines, WORD_DNS_NOT, first ? WORD_DNS1_NOT : WORD_DNS_NOT, out);
    add_lines(s, WORD_DNS, out);
    if (first) {
        add_lines(s, WORD_DNS1, out);
    }
}

/* -- the service */

/* Certificates have the same file names however they are: who uses one is started anew when it changes. */
static void certificate_marks(const struct site *s, struct sink *out)
{
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word == WORD_CERTIFICATE && site_has(s, step)) {
            sink_fmt(out, "# %.*s %.*s\n", STR_ARG(step->arg[0]), STR_ARG(step->arg[1]));
        }
    }
}

/* Whether another server stands where the service would: `what` of WORD_WEB. */
static bool replaced(const struct site *s, const char *what)
{
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        bool web = step->word == WORD_WEB || step->word == WORD_WEB_OFF;
        if (web && site_has(s, step) && str_eq(step->arg[0], str_z(what))) {
            return true;
        }
    }
    return false;
}

static void section(const struct site *s, const char *name, struct sink *out)
{
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word == WORD_SERVE && site_has(s, step) && str_eq(step->arg[0], str_z(name))) {
            site_text(out, step->arg[1]);
            sink_char(out, '\n');
        }
    }
}

/* `usual` and the fault's lines. */
static void section_of(const struct site *s, const char *name, const char *usual_lines,
                       struct sink *out)
{
    sink_fmt(out, "%s {\n%s", name, usual_lines);
    section(s, name, out);
    sink_z(out, "}\n");
}

static void serve_text(const struct site *s, struct sink *out)
{
    struct buf web = {0};
    struct sink w = buf_sink(&web);
    certificate_marks(s, out);
    sink_z(out, "domains = {\"example.com\"}\nadmin = \"off\"\nworkers = 1\ndrain = 0\n");
    sink_z(out, is_in(s, WORD_REGISTRAR) || is_in(s, WORD_EDGE_OFF)
                    ? "listen = {\"udp:127.0.0.1:5060\"}\n"
                    : "listen = {\"udp:198.51.100.31:5060\", \"udp:198.51.100.32:5060\", "
                      "\"tcp:198.51.100.31:5060\", \"tcp:198.51.100.32:5060\", "
                      "\"tls:198.51.100.31:5061\", \"tls:198.51.100.32:5061\"}\n");
    sink_z(out, "cert = {\"" SPACE_FOLDER "/edge.crt\"}\nkey = {\"" SPACE_FOLDER "/edge.key\"}\n");
    section(s, "", out);
    section_of(s, "state", "folder = \"" SPACE_FOLDER "/state\"\n", out);
    section_of(s, "edge", "", out);
    section_of(s, "stream", "", out);
    char hub[PROGRAM_PATH];
    (void)snprintf(hub, sizeof hub, "listen = {\"http:127.0.0.1:8080\"}\n%s%s%s",
                   s->hub.url[0] ? "url = \"" : "", s->hub.url, s->hub.url[0] ? "\"\n" : "");
    section_of(s, "hub", hub, out);
    sink_z(&w, "listen = {");
    sink_z(&w, replaced(s, "activation") ? "" : "\"https:198.51.100.10:443\", ");
    sink_z(&w, replaced(s, "provisioning") ? "" : "\"https:198.51.100.20:443\", ");
    sink_z(&w, "\"http:198.51.100.20:80\", \"tftp:198.51.100.20:69\"}\nurl = "
               "\"https://config.example.net\"\nactivation_hosts = "
               "{\"activate.example.com\"}\nphone_ca = {\"" SPACE_FOLDER
               "/ca/ca.crt\"}\ncert = {\"" SPACE_FOLDER "/web.crt\"}\nkey = {\"" SPACE_FOLDER
               "/web.key\"}\n");
    sink_char(&w, '\0');
    section_of(s, "provisioning", web.p ? web.p : "", out);
    buf_clear(&web);
}

/* -- others in its place */

static void web_text(const struct site *s, struct sink *out)
{
    if (!is_in(s, WORD_WEB)) {
        return;
    }
    certificate_marks(s, out);
    sink_z(out, "daemon off;\nuser root;\nworker_processes 1;\npid " SPACE_FOLDER
                "/nginx.pid;\nerror_log stderr notice;\nevents {}\nhttp {\naccess_log off;\n"
                "default_type application/xml;\n");
    static const char *const rooms[] = {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        sink_fmt(out, "%s_temp_path " SPACE_FOLDER "/nginx.%s;\n", rooms[i], rooms[i]);
    }
    sink_z(out, "ssl_certificate " SPACE_FOLDER "/web.crt;\nssl_certificate_key " SPACE_FOLDER
                "/web.key;\nssl_protocols TLSv1.2 TLSv1.3;\n");
    for (size_t i = 0; i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word == WORD_WEB && site_has(s, step)) {
            sink_fmt(out, "server {\nlisten 198.51.100.%s:443 ssl;\n",
                     str_eq(step->arg[0], STR("activation")) ? "10" : "20");
            site_text(out, step->text);
            sink_z(out, "}\n");
        }
    }
    sink_z(out, "}\n");
}

static void registrar_text(const struct site *s, struct sink *out)
{
    static const char *const modules[] = {"tm",       "sl",   "pv",     "textops",
                                          "siputils", "auth", "usrloc", "registrar"};
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word != WORD_REGISTRAR || !site_has(s, step)) {
            continue;
        }
        bool tls = str_eq(step->arg[0], STR("tls"));
        sink_fmt(out, "#!KAMAILIO\ndebug=2\nlog_stderror=yes\nchildren=1\n%s",
                 tls ? "enable_tls=yes\n" : "");
        for (int n = 1; n <= 2; n++) {
            sink_fmt(out, "listen=%.*s:198.51.100.3%d:%s\n", STR_ARG(step->arg[0]), n,
                     tls ? "5061" : "5060");
        }
        for (size_t m = 0; m < sizeof modules / sizeof *modules; m++) {
            sink_fmt(out, "loadmodule \"%s.so\"\n", modules[m]);
        }
        if (tls) {
            sink_z(out, "loadmodule \"tls.so\"\nmodparam(\"tls\", \"certificate\", \"" SPACE_FOLDER
                        "/edge.crt\")\nmodparam(\"tls\", \"private_key\", \"" SPACE_FOLDER
                        "/edge.key\")\nmodparam(\"tls\", \"tls_method\", \"TLSv1.2+\")\n");
        }
        certificate_marks(s, out);
        sink_z(out, "request_route {\n");
        site_text(out, step->text);
        sink_z(out, "}\n");
    }
}

/* -- the table */

static const struct {
    const char *name, *host, *ready,
        *command; /* {conf} is its configuration, {self} this program */
} parts[] = {
    [PART_DHCP] = {"dhcp", "site", "started, version",
                   "dnsmasq --no-daemon --log-facility=- "
                   "--conf-file={conf}"},
    [PART_RIVAL] = {"rival", "rival", "started, version",
                    "dnsmasq --no-daemon --log-facility=- "
                    "--conf-file={conf}"},
    [PART_DNS1] = {"dns1", "site", "started, version",
                   "dnsmasq --no-daemon --log-facility=- "
                   "--conf-file={conf}"},
    [PART_DNS2] = {"dns2", "site", "started, version",
                   "dnsmasq --no-daemon --log-facility=- "
                   "--conf-file={conf}"},
    [PART_WEB] = {"nginx", "service", "start worker process ", "nginx -e stderr -c {conf}"},
    [PART_REGISTRAR] = {"kamailio", "service", "processes (at least)",
                        "kamailio -DD -E -f {conf} -Y " SPACE_FOLDER " -P " SPACE_FOLDER
                        "/kamailio.pid -m 64 -M 8"},
    [PART_SERVE] = {"serve", "service", "listening hub ", "{self} serve --config {conf}"},
};

void part_text(const struct site *s, enum site_part p, struct sink *out)
{
    switch (p) {
    case PART_DHCP:
        dhcp_text(s, out);
        return;
    case PART_RIVAL:
        rival_text(s, out);
        return;
    case PART_DNS1:
    case PART_DNS2:
        dns_text(s, p == PART_DNS1, out);
        return;
    case PART_WEB:
        web_text(s, out);
        return;
    case PART_REGISTRAR:
        registrar_text(s, out);
        return;
    case PART_SERVE:
        serve_text(s, out);
        return;
    case PARTS:
        return;
    }
}

const char *part_name(enum site_part p)
{
    return parts[p].name;
}

const char *part_host(enum site_part p)
{
    return parts[p].host;
}

const char *part_ready(enum site_part p)
{
    return parts[p].ready;
}

void part_words(const struct site *s, enum site_part p, const char *path, struct words *w)
{
    struct str rest = str_z(parts[p].command), word;
    while ((word = str_word(&rest)).len) {
        size_t at = str_find(word, STR("{conf}"));
        if (at != STR_NPOS) {
            char text[PROGRAM_PATH];
            (void)snprintf(text, sizeof text, "%.*s%s", (int)at, word.p, path);
            words_addz(w, text);
        } else {
            words_add(w, str_eq(word, STR("{self}")) ? str_z(s->self) : word);
        }
    }
}

void part_filters(const struct site *s, struct sink *out)
{
    sink_z(out,
           "flush ruleset\nadd table ip site\nadd chain ip site forward { type filter hook "
           "forward priority 0; }\n"
           "add chain ip site input { type filter hook input priority 0; }\n"
           "add set ip site alive { type inet_service; size 64; flags dynamic,timeout; timeout "
           "5s; }\n");
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word != WORD_FILTER || !site_has(s, step)) {
            continue;
        }
        sink_z(out, "add rule ip site");
        for (size_t a = 0; a < step->n; a++) {
            sink_char(out, ' ');
            sink_str(out, step->arg[a]);
        }
        sink_char(out, '\n');
    }
}
