/* Writes a long log of many phones, in the proportions of a real one: DHCP dump, provisioning,
 * activation, names, server selection, registration, with some failures and with what happens to
 * logs on their way (glued records, messages in pieces, CR LF, odd blanks). The lines are those of
 * share/lines. The same seed gives the same bytes.
 *
 *     loggen [size=16M] [seed=1] [phones=20] [glued=2000] [split=2000] [fail=20] [crlf=64]
 *            [nbsp=2000] [stripped=8]
 *
 * The words behind phones tell one record, message or journey of how many is so; 0: none. */
#include "loggen.h"

#include <inttypes.h>

#define PROXY "da02.hosted.example.com"
#define SERVICE "_sips._tcp.da02.hosted.example.com"

static const char *const models[] = {"8841", "8851", "8861", "8865", "7841", "6871"};

static void dhcp(struct gen *g, const char *tftp)
{
    struct phone *p = g->p;
    char sep[48];
    snprintf(sep, sizeof sep, "SEP%s", p->bare);
    RECORD(g, DHCP, "IP Address: ", p->address);
    RECORD(g, DHCP, "Subnet Mask: ", "255.255.255.0");
    RECORD(g, DHCP, "Default Gwy: ", "192.0.2.254");
    RECORD(g, DHCP, " ******** ", NULL);
    const char *const options[][2] = {
        {"hostname", sep},          {"ipaddr", p->address},   {"netmask", "255.255.255.0"},
        {"router1", "192.0.2.254"}, {"domain", ""},           {"ntpsvr1", "0.0.0.0"},
        {"ntpsvr2", "0.0.0.0"},     {"tftpsvr1", tftp},       {"tftpsvr2", "0.0.0.0"},
        {"dns1", "198.51.100.14"},  {"dns2", "198.51.100.3"}, {"option160", ""},
        {"option159", ""},          {"option125", ""},        {"option66", ""},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        RECORD(g, DHCP, "", options[i][0], options[i][1]);
    }
}

static void resync_head(struct gen *g, char model[24])
{
    snprintf(model, 24, "CP-%s-3PCC", models[g->p->model]);
}

static void provisioning(struct gen *g, const char *tftp)
{
    char url[96];
    char model[24];
    resync_head(g, model);
    snprintf(url, sizeof url, "tftp://%s/$PSN.xml", tftp);
    RECORD(g, VOICE, "fapp-Provisioning using DHCP..", NULL);
    RECORD(g, VOICE, "FUNCTION:fprv_update", "0");
    RECORD(g, VOICE, "fprv_eval_profile_rule assemble", url, "/$PSN.xml");
    RECORD(g, VOICE, "DHCP pending acquired=", "1");
    RECORD(g, VOICE, "fapp-[resync] ", NULL);
    snprintf(url, sizeof url, "tftp://%s:69/%s-3PCC.xml.", tftp, models[g->p->model]);
    RECORD(g, VOICE, "fapp-", model, g->p->mac, url);
}

static void ask(struct gen *g, const char *type, const char *host, bool answered)
{
    RECORD(g, DNSMASQ, "query[", type, host, "127.0.0.1");
    RECORD(g, DNSMASQ, "forwarded ", host, answered ? "198.51.100.14" : "198.51.100.3");
    if (answered) {
        after(g, 30000);
        RECORD(g, DNSMASQ, "reply ", host, "<CNAME>");
        RECORD(g, DNSMASQ, "[cache_insert] ", host, "4008", "Wed May 10 17:21:46 2023");
        RECORD(g, DNSMASQ, "reply ", host, "203.0.113.36");
    }
}

/* A record without text; what it says stands below, between blank lines. */
static void text_below(struct gen *g, const char *host)
{
    after(g, 60);
    head(g, "NOT");
    g->n--; /* the blank behind the clock */
    end(g, false);
    put_z(g, g->blank ? " \n" : "\n");
    put_z(g, "Couldn't resolve host '");
    put_z(g, host);
    put_z(g, "'\n");
}

static void resync_failed(struct gen *g)
{
    static const struct template *t;
    char model[24];
    resync_head(g, model);
    for (size_t i = 1; !t; i++) {
        const struct line *l = lines_row(g->lines, i);
        t = str_eq(l->name, STR("resync.failed")) ? &l->t : NULL;
    }
    struct str v[3] = {str_z(model), str_z(g->p->mac), STR("Download failed")};
    record(g, VOICE, t, v);
    RECORD(g, VOICE, "fapp-fprv_eval_profile_rule return", "FPRV_ERR_SERVER_CONNECTION_FAILED", "0",
           "60");
}

/* An HTTP request with its header fields, and the first line of the answer. */
static void exchange(struct gen *g, const char *path, const char *status, const char *reason)
{
    char text[256];
    RECORD(g, RAW, ">", NULL);
    after(g, 60);
    head(g, "NOT");
    put_z(g, "GET ");
    put_z(g, path);
    put_z(g, " HTTP/1.1^M");
    end(g, false);
    snprintf(text, sizeof text,
             "Host: boot.example.com^M\nUser-Agent: Cisco-CP-%s-3PCC/12.0.2 (%s)",
             models[g->p->model], g->p->bare);
    put_z(g, text);
    put_z(g, "^M\nAccept: */*^M\n^M");
    end(g, false);
    after(g, 90000);
    RECORD(g, RAW, "<", NULL);
    char with_cr[64];
    snprintf(with_cr, sizeof with_cr, "%s^M", reason);
    RECORD(g, RAW, "HTTP/1.1 ", status, with_cr);
}

/* Asks the name, connects, gets the file. False when it failed. */
static bool fetch(struct gen *g, const char *host, const char *path, bool fails)
{
    char url[512];
    snprintf(url, sizeof url, "https://%s:443%s", host, path);
    RECORD(g, VOICE, "reqByCurlInternal sending", url);
    after(g, 1000);
    bool silent = fails && one_of(g, 2);
    ask(g, "A", host, !silent);
    if (silent) {
        g->p->now += 8 * USEC_S;
        text_below(g, host);
        RECORD(g, VOICE, "reqByCurlInternal return", "6");
        resync_failed(g);
        return false;
    }
    after(g, 90000);
    RECORD(g, VOICE, "sec_set_min_TLS_version", "TLS 1.1", "1");
    if (fails && one_of(g, 2)) {
        RECORD(g, RAW, "SSL certificate problem: ", "unable to get local issuer certificate");
        RECORD(g, VOICE, "reqByCurlInternal return", "60");
        resync_failed(g);
        return false;
    }
    exchange(g, path, fails ? "404" : "200", fails ? "Not Found" : "OK");
    return true;
}

static bool activation(struct gen *g, bool fails)
{
    char path[384];
    char model[24];
    resync_head(g, model);
    snprintf(path, sizeof path,
             "/software/edos/callhome/rc?id=%s:%s:%s&sw=sip8845_65.12-0-2MPP0001-20240612-"
             "0a1b2c3d4e&orig=orig_mpp&authstatus=none",
             g->p->bare, g->p->serial, model);
    if (!fetch(g, "activate.example.com", path, fails && one_of(g, 2))) {
        return false;
    }
    RECORD(g, VOICE, "fapp-pal data updated", "https://boot.example.com/", "/$PSN.xml");
    RECORD(g, VOICE, "QPE:RESYNC",
           one_of(g, g->nbsp) ? "https://boot.example.com/\xc2\xa0" : "https://boot.example.com/");
    return fetch(g, "boot.example.com", "/", fails);
}

static void service(struct gen *g, const char *target, const char *priority)
{
    RECORD(g, DNSMASQ, "caching SRV record=", SERVICE, "200", target, "8934", priority, "50");
    RECORD(g, DNSMASQ, "reply ", SERVICE, target);
    RECORD(g, DNSMASQ, "[cache_insert] ", SERVICE, "10208", "Mon Sep 4 22:53:52 2023");
}

static void refresh(struct gen *g, const char *first)
{
    RECORD(g, VOICE, "RSE_DEBUG: Refreshing host[", "3", first);
    RECORD(g, DNSMASQ, "query[", "A", first, "127.0.0.1");
    RECORD(g, DNSMASQ, "found A record=", first, "814");
    RECORD(g, DNSMASQ, "cached ", first, "203.0.113.XXX");
    RECORD(g, DNSMASQ, "query[", "AAAA", first, "127.0.0.1");
    RECORD(g, DNSMASQ, "found A record=", first, "2620");
    RECORD(g, DNSMASQ, "cached ", first, "2001:db8:9000:X::X");
    RECORD(g, VOICE, "RSE_DEBUG: Refresh host:", first);
    RECORD(g, VOICE, "RSE_DEBUG: rse_save_addr_list", "0x43227cc8", "2");
    RECORD(g, VOICE, "RSE_DEBUG: skip AF_INET6", NULL);
    RECORD(g, VOICE, "RSE_DEBUG: Found one old entry<", "4320b538", "203.0.113.XXX", "8934", "up",
           "-1, sttl: -1, cttl:3549");
}

static void selection(struct gen *g)
{
    static const char *const target[][2] = {
        {"hosted02aj.example.com", "10"}, {"hosted02as.example.com", "10"},
        {"hosted01as.example.com", "5"},  {"hosted01aj.example.com", "5"},
        {"hosted01ai.example.com", "5"},  {"hosted02ai.example.com", "10"},
    };
    RECORD(g, VOICE, "[SIP_resolveHostName]", PROXY, "0");
    RECORD(g, VOICE, "RSE_DEBUG: rse_unref context", "0x5213bab8");
    RECORD(g, VOICE, "RSE_DEBUG: rse_unref ref_cnt", "0");
    RECORD(g, VOICE, "RSE_DEBUG: rse_get_server_addr", SERVICE, "1", "0", "0", "1", "0");
    RECORD(g, VOICE, "RSE_DEBUG: rse_refresh_addr_list", SERVICE, "1");
    RECORD(g, VOICE, "RSE_DEBUG: RR[", "0", SERVICE, "2", "1", "0");
    RECORD(g, DNSMASQ, "query[", "SRV", SERVICE, "127.0.0.1");
    RECORD(g, DNSMASQ, "forwarded ", SERVICE, "198.51.100.14");
    after(g, 30000);
    for (size_t i = 0; i < 6; i++) {
        service(g, target[i][0], target[i][1]);
    }
    RECORD(g, VOICE, "RSE_DEBUG: getting SRV:", SERVICE);
    for (size_t i = 0; i < 6; i++) {
        RECORD(g, VOICE, "RSE_DEBUG: ", i == 0 || i == 2 ? "new" : "old",
               target[i][1][0] == '5' ? "5" : "a", target[i][0]);
    }
    refresh(g, target[2 + below(g, 3)][0]);
}

/* A message below the head line that shows its start; long ones in pieces, each a record. */
static void message(struct gen *g, bool sent, struct str text, bool pieces)
{
    after(g, 60000);
    head(g, "NOT");
    tag(g, VOICE, g->tid);
    put_z(g, sent ? " =====> Send (TLS) [203.0.113.XXX]:8934 SIP MSG::"
                  : " <===== Recv (TCP) [203.0.113.XXX]:8934 SIP MSG::");
    put_z(g, one_of(g, g->nbsp) ? "\xc2\xa0 " : " ");
    while (pieces && text.len > PIECE) {
        (void)put(g, str_head(text, PIECE));
        put_z(g, "\n");
        text = str_from(text, PIECE);
        g->p->now += 30;
        head(g, "NOT");
        tag(g, VOICE, g->tid);
    }
    (void)put(g, text);
    if (one_of(g, g->glued)) {
        g->n--; /* the last newline: the next record is glued to the message */
    }
}

/* `address` as it is, or as a copy without its markup shows it. */
static const char *angle(const struct gen *g, const char *address)
{
    static char text[4][128];
    static unsigned turn;
    char *out = text[turn++ % 4];
    snprintf(out, sizeof text[0], g->stripped ? "%s \n \n\t" : "<%s>", g->stripped ? "" : address);
    return out;
}

struct dialog {
    char call_id[64];
    char tag[24];
    char nonce[32];
    char local[64];
    char remote[64];
    unsigned cseq;
};

/* The number of the phone's line, the same in all its registrations. */
static unsigned account(const struct gen *g)
{
    return 100 + (unsigned)(g->p - g->phone);
}

static void request(struct gen *g, const struct dialog *d, bool credentials, bool pieces)
{
    char text[4096];
    char authorization[512] = "";
    char contact[128];
    char aor[96];
    snprintf(contact, sizeof contact, "sip:1555010%04u@%s:5072;transport=tls", account(g),
             g->p->address);
    snprintf(aor, sizeof aor, "sip:1555010%04u@sip.example.com", account(g));
    if (credentials) {
        snprintf(authorization, sizeof authorization,
                 "Authorization: Digest username=\"1555010%04u\",realm=\"BroadWorks\",nonce=\"%s\","
                 "uri=\"sip:sip.example.com\",algorithm=MD5,response=\"%016" PRIx64 "%016" PRIx64
                 "\",qop=auth,nc=00000001,cnonce=\"97d7441f\"^M\n",
                 account(g), d->nonce, any(g), any(g));
    }
    const char *nl = "^M\n";
    int n = snprintf(
        text, sizeof text,
        "REGISTER sip:sip.example.com SIP/2.0%sVia: SIP/2.0/TLS %s:5072;branch=z9hG4bK-%x%s"
        "From: %s;tag=%s%sTo: %s%sCall-ID: %s%sCSeq: %u REGISTER%sMax-Forwards: 70%s%s"
        "Contact: %s;expires=3600%sUser-Agent: Cisco-CP-%s-3PCC/12.0.2_%s_5b0e61d2-90c4-4f3a-b6e8-"
        "%s_%s%sPeripheral-Data: none%sSession-ID: %s;remote=%s%sContent-Length: 0%s"
        "Allow: ACK, BYE, CANCEL, INFO, INVITE, NOTIFY, OPTIONS, REFER, UPDATE%s"
        "Allow-Events: hold,talk,conference%sSupported: replaces, sec-agree, record-aware%s"
        "Accept-Language: en%s",
        nl, g->p->address, (unsigned)any(g), nl, angle(g, aor), d->tag, nl, angle(g, aor), nl,
        d->call_id, nl, d->cseq, nl, nl, authorization, angle(g, contact), nl, models[g->p->model],
        g->p->bare, g->p->bare, g->p->bare, nl, nl, d->local, d->remote, nl, nl, nl, nl, nl, nl);
    message(g, true, str_of(text, (size_t)n), pieces);
}

static void response(struct gen *g, const struct dialog *d, const char *status, bool pieces)
{
    char text[4096];
    char more[512] = "";
    char aor[96];
    snprintf(aor, sizeof aor, "sip:1555010%04u@sip.example.com", account(g));
    bool ok = status[0] == '2';
    if (status[0] == '4' && status[2] == '1') {
        snprintf(more, sizeof more,
                 "WWW-Authenticate:DIGEST realm=\"BroadWorks\",qop=\"auth\",nonce=\"%s\","
                 "algorithm=MD5^M\n",
                 d->nonce);
    } else if (ok) {
        snprintf(more, sizeof more,
                 "Allow-Events:call-info,line-seize,dialog,message-summary,as-feature-event,"
                 "x-broadworks-hoteling,x-broadworks-call-center-status,conference^M\n");
    }
    char contact[160] = "";
    if (status[2] != '3') {
        snprintf(contact, sizeof contact, "Contact: %s;%sexpires=120^M\n",
                 angle(g, "sip:15550100000@192.0.2.6:5072"), ok ? "q=0.5;" : "");
    }
    int n = snprintf(
        text, sizeof text,
        "SIP/2.0 %s^M\nVia:SIP/2.0/TLS %s:5072;received=198.51.100.77;branch=z9hG4bK-%x^M\n"
        "From: %s;tag=%s^M\nTo: %s;tag=%u-%" PRId64 "^M\nCall-ID:%s^M\nCSeq:%u REGISTER^M\n"
        "Session-ID:%s;remote=%s^M\n%s%sContent-Length:0^M\n^M\n",
        status, g->p->address, (unsigned)any(g), angle(g, aor), d->tag, angle(g, aor),
        (unsigned)any(g), g->p->now / USEC_MS, d->call_id, d->cseq, d->remote, d->local, more,
        contact);
    message(g, false, str_of(text, (size_t)n), pieces);
}

static void registration(struct gen *g, bool fails)
{
    struct dialog d = {.cseq = 1000 + below(g, 50000)};
    bool pieces = one_of(g, g->split / 4 ? g->split / 4 : g->split);
    snprintf(d.call_id, sizeof d.call_id, "%x-%x@%s", (unsigned)any(g), (unsigned)any(g),
             g->p->address);
    snprintf(d.tag, sizeof d.tag, "%" PRIx64 "o0", any(g));
    snprintf(d.nonce, sizeof d.nonce, "BroadWorksXl%013" PRIx64, any(g) >> 12);
    snprintf(d.local, sizeof d.local, "%08x00105000a000%s", (unsigned)any(g), g->p->bare);
    memset(d.remote, '0', 32);
    request(g, &d, false, pieces);
    if (fails && one_of(g, 2)) {
        response(g, &d, "403 Forbidden", pieces);
        return;
    }
    snprintf(d.remote, sizeof d.remote, "%016" PRIx64 "%016" PRIx64, any(g), any(g));
    response(g, &d, "401 Unauthorized", pieces);
    d.cseq++;
    request(g, &d, true, pieces);
    response(g, &d, fails ? "401 Unauthorized" : "200 OK", pieces);
}

static void journey(struct gen *g)
{
    bool fails = one_of(g, g->fail);
    unsigned where = below(g, 3);
    const char *tftp = one_of(g, 2) ? "192.0.2.20" : "0.0.0.0";
    g->pid = 500 + below(g, 3000);
    g->tid = g->pid + 1 + below(g, 300);
    g->dnsmasq = 400 + below(g, 300);
    g->crlf = one_of(g, g->crlf_share);
    g->blank = one_of(g, 2);
    g->stripped = one_of(g, g->stripped_share);
    dhcp(g, tftp);
    g->p->now += 10 * USEC_S;
    provisioning(g, tftp);
    g->p->now += 2 * USEC_S;
    if (!activation(g, fails && where == 0)) {
        return;
    }
    g->p->now += USEC_S;
    selection(g);
    g->p->now += 30 * USEC_S;
    registration(g, fails && where > 0);
}

static void phones(struct gen *g)
{
    for (unsigned i = 0; i < g->phones; i++) {
        struct phone *p = &g->phone[i];
        snprintf(p->mac, sizeof p->mac, "00:00:5e:00:53:%02x", i & 0xFFU);
        snprintf(p->bare, sizeof p->bare, "00005E0053%02X", i & 0xFFU);
        snprintf(p->serial, sizeof p->serial, "FTX2099QA%02X", i & 0xFFU);
        snprintf(p->address, sizeof p->address, "192.0.2.%u", 2 + i);
        p->model = below(g, sizeof models / sizeof *models);
        p->seq = 1000 + below(g, 9000);
        p->now = time_days(2023, 5, 10) * USEC_DAY + (usec_t)below(g, 86400) * USEC_S;
    }
}

static unsigned number(const char *z, uint64_t *ret_n)
{
    char *rest;
    *ret_n = strtoull(z, &rest, 10);
    *ret_n <<= *rest == 'G' ? 30 : *rest == 'M' ? 20 : *rest == 'K' ? 10 : 0;
    return (unsigned)*ret_n;
}

static void options(struct gen *g, int argc, char **argv)
{
    const struct {
        const char *name;
        unsigned *value;
    } table[] = {{"phones", &g->phones},
                 {"glued", &g->glued},
                 {"split", &g->split},
                 {"fail", &g->fail},
                 {"nbsp", &g->nbsp},
                 {"crlf", &g->crlf_share},
                 {"stripped", &g->stripped_share}};
    for (int i = 1; i < argc; i++) {
        struct str value = str_z(argv[i]);
        struct str name = str_cut(&value, '=');
        uint64_t n = 0;
        unsigned small = value.len ? number(value.p, &n) : 0;
        bool known = value.len && (str_eq(name, STR("size")) || str_eq(name, STR("seed")));
        *(str_eq(name, STR("size")) ? &g->size : str_eq(name, STR("seed")) ? &g->random : &n) = n;
        for (size_t k = 0; k < sizeof table / sizeof *table && value.len; k++) {
            if (str_eq(name, str_z(table[k].name))) {
                *table[k].value = small;
                known = true;
            }
        }
        if (!known || g->phones < 1 || g->phones > PHONES) {
            fprintf(stderr, "loggen: not understood: %s\n", argv[i]);
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    static struct gen g = {.size = 16 << 20,
                           .random = 1,
                           .phones = 20,
                           .glued = 2000,
                           .split = 2000,
                           .fail = 20,
                           .crlf_share = 64,
                           .nbsp = 2000,
                           .stripped_share = 8};
    static struct knowledge k;
    struct conf_error e;
    g.out = malloc(OUT);
    if (!g.out || knowledge_init(&k) != ERR_OK || knowledge_add_share(&k, &e) != ERR_OK) {
        return 1;
    }
    g.lines = k.lines;
    options(&g, argc, argv);
    phones(&g);
    while (g.written + g.n < g.size) {
        /* A stretch of one phone's log: its numbers and times go on where they were. */
        g.p = &g.phone[below(&g, g.phones)];
        for (unsigned i = 1 + below(&g, 8); i && g.written + g.n < g.size; i--) {
            journey(&g);
            g.p->now += (usec_t)(1 + below(&g, 3600)) * USEC_S;
        }
    }
    flush(&g);
    knowledge_clear(&k);
    free(g.out);
    return 0;
}
