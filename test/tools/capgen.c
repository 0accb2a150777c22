/* Writes a capture of a voice network: journeys of phones (DHCP, names, time, TFTP, provisioning by
 * HTTP and HTTPS, registration by UDP, TCP and TLS, some failing), speech between them, and long
 * transfers. The same seed gives the same bytes.
 *
 *     capgen [size=16M] [seed=1] [phones=50] [talk=100] [bulk=12] [loss=0] [swap=0] [again=0]
 *            [six=0] [vlan=0] [lanes=8] [ng=0] [nano=0] [big=0] [snap=262144]
 *
 * talk: of 10,000 packets, those of journeys; bulk: of 100, those of transfers. loss, swap, again: one TCP
 * segment of how many is missing, late, twice; six: one phone of how many speaks IPv6; 0: none.
 * lanes: journeys at a time, at most 8.
 * ng, nano, big: the form of the file. */
#include "capgen.h"

#include "base/sink.h"
#include "proto/dhcp/dhcp_write.h"
#include "proto/dns/dns_write.h"

enum { CALLS = 40, TRANSFERS = 12 };

#define PROXY "sip.example.net"
#define EDGE "edge01.example.net"

static uint8_t scratch[FRAME_MOST * 4];

static struct host host_of(uint8_t kind, uint32_t n, bool six, uint16_t port)
{
    static const uint32_t nets[] = {0xC0000200, 0xC6336400, 0xCB007100};
    struct host h = {.mac = {{0, 0, 0x5E, 0, 0x53, (uint8_t)(kind ? 250U + kind : n)}}};
    uint8_t b[16] = {0x20, 1, 0x0D, 0xB8, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)n};
    h.at.ip = six ? addr_of(b, 16) : addr4(nets[kind] + n);
    h.at.port = port;
    return h;
}

/* -- journeys ----------------------------------------------------------------------------- */

struct phone {
    uint32_t n;
    bool six;
    char mac[MAC_TEXT];
};

static struct host phone_host(struct gen *g, const struct phone *p)
{
    return host_of(0, p->n, p->six, (uint16_t)(32768 + chance(g) % 28000));
}

static void dhcp_say(struct gen *g, const struct phone *p, uint8_t type, uint32_t xid)
{
    struct host client = host_of(0, p->n, false, 68);
    struct host server = host_of(0, 1, false, 67);
    struct host all = {.mac = {{255, 255, 255, 255, 255, 255}},
                       .at = {.ip = addr4(0xFFFFFFFF), .port = 67}};
    struct dhcp_client c = {.type = type,
                            .xid = xid,
                            .mac = client.mac,
                            .requested = type == DHCP_REQUEST ? client.at.ip : addr_of(NULL, 0),
                            .server = type == DHCP_REQUEST ? server.at.ip : addr_of(NULL, 0),
                            .hostname = STR("SEP00005E005300"),
                            .class = STR("CP-8865-3PCC"),
                            .parameters = STR("\1\3\6\17\52\102\226\237\240"),
                            .max_size = 1500};
    static struct dhcp_message m;
    struct err_at at;
    size_t len = 0;
    if (dhcp_write_client(&c, scratch, sizeof scratch, &len) != ERR_OK ||
        dhcp_read(str_of((char *)scratch, len), &m, &at) != ERR_OK) {
        abort();
    }
    struct host unset = client;
    unset.at.ip = addr4(0);
    udp_send(g, &unset, &all, scratch, len);
    static uint8_t reply[1500];
    struct dhcp_answer a = {.type = type == DHCP_DISCOVER ? DHCP_OFFER : DHCP_ACK,
                            .yiaddr = client.at.ip,
                            .server = server.at.ip};
    struct dhcp_writer w = dhcp_write_answer(&m, &a, reply, sizeof reply);
    struct addr resolvers[] = {addr4(0xC6336435), addr4(0xC6336436)};
    dhcp_write_number(&w, DHCP_OPT_LEASE, 4, 86400);
    dhcp_write_addrs(&w, DHCP_OPT_ROUTER, &server.at.ip, 1);
    dhcp_write_addrs(&w, DHCP_OPT_DNS, resolvers, 2);
    dhcp_write_option(&w, DHCP_OPT_DOMAIN, STR("example.org"));
    dhcp_write_option(&w, DHCP_OPT_TFTP_NAME, STR("203.0.113.20"));
    dhcp_write_option(&w, DHCP_OPT_PROV_URL, STR("https://config.example.net/$MA.xml"));
    len = dhcp_write_end(&w);
    udp_send(g, &server, &client, reply, len);
}

static void dns_say(struct gen *g, const struct phone *p, const char *name, uint16_t type)
{
    struct host client = phone_host(g, p);
    struct host server = host_of(1, 53, p->six, 53);
    struct dns_query q = {
        .id = (uint16_t)chance(g), .name = str_z(name), .type = type, .recurse = true};
    size_t len = dns_query_write(&q, scratch);
    udp_send(g, &client, &server, scratch, len);
    bool missing = one_in(g, 20);
    struct dns_message head = {.id = q.id,
                               .response = true,
                               .recurse = true,
                               .recursive = true,
                               .rcode = missing ? DNS_NXDOMAIN : 0};
    struct dns_writer w;
    dns_write_begin(&w, scratch, 1400, &head);
    dns_write_question(&w, q.name, type);
    struct dns_owner o = {.section = DNS_ANSWER, .name = q.name, .ttl = 300};
    for (uint16_t i = 1; i <= 2 && !missing; i++) {
        struct dns_srv srv = {.priority = i, .weight = 50, .port = 5061};
        if (type == DNS_SRV) {
            dns_write_srv(&w, &o, &srv, i == 1 ? STR(EDGE) : STR("edge02.example.net"));
        } else {
            dns_write_addr(&w, &o, host_of(1, 30U + i, type == DNS_AAAA, 0).at.ip);
        }
    }
    udp_send(g, &server, &client, scratch, dns_write_end(&w));
}

static void ntp_say(struct gen *g, const struct phone *p)
{
    uint8_t b[48] = {0x23};
    struct host client = host_of(0, p->n, p->six, 123);
    struct host server = host_of(1, 123, p->six, 123);
    put(b + 40, chance(g), 8);
    udp_send(g, &client, &server, b, sizeof b);
    memcpy(b + 24, b + 40, 8);
    b[0] = 0x24;
    b[1] = 2;
    udp_send(g, &server, &client, b, sizeof b);
}

static void tftp_say(struct gen *g, const struct phone *p)
{
    static const char request[] = "\0\1SEP00005E005300.cnf.xml\0octet";
    struct host client = phone_host(g, p);
    struct host server = host_of(2, 20, p->six, 69);
    udp_send(g, &client, &server, request, sizeof request);
    server.at.port = (uint16_t)(40000 + chance(g) % 9999);
    if (one_in(g, 3)) {
        static const char error[] = "\0\5\0\1File not found";
        udp_send(g, &server, &client, error, sizeof error);
        return;
    }
    unsigned blocks = 1 + (unsigned)(chance(g) % 8);
    for (unsigned i = 1; i <= blocks; i++) {
        uint8_t *at = put(put(scratch, 3, 2), i, 2);
        memset(at, 'x', 512);
        udp_send(g, &server, &client, scratch, i < blocks ? 516 : 100);
        put(put(scratch, 4, 2), i, 2);
        udp_send(g, &client, &server, scratch, 4);
    }
}

static void http_say(struct gen *g, const struct phone *p)
{
    struct tcp t;
    char text[8192];
    size_t body = chance(g) % 6000;
    tcp_open(g, &t, phone_host(g, p), host_of(2, 80, p->six, 80));
    int n = snprintf(text, sizeof text,
                     "GET /%s.xml HTTP/1.1\r\nHost: config.example.net\r\n"
                     "User-Agent: Cisco-CP-8865-3PCC/12.0.1\r\n\r\n",
                     p->mac);
    tcp_say(g, &t, 0, text, (size_t)n);
    if (one_in(g, 10)) {
        n = snprintf(text, sizeof text, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        body = 0;
    } else {
        n = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body);
    }
    memset(text + n, '<', body);
    tcp_say(g, &t, 1, text, (size_t)n + body);
    tcp_close(g, &t);
}

/* -- TLS: hellos, alerts, and records that nobody can read ----------------------------------- */

static uint8_t *tls_record(uint8_t *p, uint8_t type, const uint8_t *body, size_t len)
{
    return put_bytes(put(put(put(p, type, 1), 0x0303, 2), len, 2), body, len);
}

static size_t client_hello(struct gen *g, uint8_t *to, const char *name)
{
    static const uint8_t tail[] = {0, 10,  0,   4,   0, 2,  0, 23, 0, 16, 0, 6, 0, 4,
                                   3, 's', 'i', 'p', 0, 43, 0, 5,  4, 3,  4, 3, 3};
    uint8_t b[512];
    size_t name_len = strlen(name);
    uint8_t *p = put(put(b, 0x01000000, 4), 0x0303, 2);
    for (int i = 0; i < 4; i++) {
        p = put(p, chance(g), 8);
    }
    p = put(put(p, 0, 1), 4, 2);
    p = put(put(p, 0x1301C02F, 4), 0x0100, 2);
    p = put(p, name_len + 9 + sizeof tail, 2);
    p = put(put(put(p, 0, 2), name_len + 5, 2), name_len + 3, 2);
    p = put_bytes(put(put(p, 0, 1), name_len, 2), name, name_len);
    p = put_bytes(p, tail, sizeof tail);
    put(b + 1, (size_t)(p - b) - 4, 3);
    return (size_t)(tls_record(to, 22, b, (size_t)(p - b)) - to);
}

static size_t server_hello(struct gen *g, uint8_t *to)
{
    uint8_t b[512];
    uint8_t *p = put(put(b, 0x02000000, 4), 0x0303, 2);
    for (int i = 0; i < 4; i++) {
        p = put(p, chance(g), 8);
    }
    p = put(put(put(p, 0, 1), 0xC02F, 2), 0, 1);
    put(b + 1, (size_t)(p - b) - 4, 3);
    p = put(p, 0x0E000000, 4); /* ServerHelloDone */
    return (size_t)(tls_record(to, 22, b, (size_t)(p - b)) - to);
}

static void tls_begin(struct gen *g, struct tcp *t, struct host client, struct host server,
                      const char *name)
{
    static uint8_t b[1024];
    static const uint8_t sealed[40] = {0x55, 0xAA, 0x55};
    tcp_open(g, t, client, server);
    tcp_say(g, t, 0, b, client_hello(g, b, name));
    tcp_say(g, t, 1, b, server_hello(g, b));
    for (unsigned side = 0; side < 2; side++) {
        uint8_t *p = tls_record(b, 20, (const uint8_t *)"\1", 1);
        p = tls_record(p, 22, sealed, sizeof sealed);
        tcp_say(g, t, side, b, (size_t)(p - b));
    }
}

static void tls_say(struct gen *g, struct tcp *t, unsigned side, size_t len)
{
    static uint8_t body[2000];
    memset(body, 0xA5, sizeof body);
    tcp_say(g, t, side, scratch, (size_t)(tls_record(scratch, 23, body, len) - scratch));
}

static void https_say(struct gen *g, const struct phone *p)
{
    struct tcp t;
    struct host client = phone_host(g, p);
    struct host server = host_of(2, 43, p->six, 443);
    if (one_in(g, 10)) { /* the phone does not trust the server */
        static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 48};
        tcp_open(g, &t, client, server);
        tcp_say(g, &t, 0, scratch, client_hello(g, scratch, "config.example.net"));
        tcp_say(g, &t, 1, scratch, server_hello(g, scratch));
        tcp_say(g, &t, 0, alert, sizeof alert);
        segment(g, &t, 0, RST | ACK, "", 0);
        return;
    }
    tls_begin(g, &t, client, server, "config.example.net");
    tls_say(g, &t, 0, 400);
    tls_say(g, &t, 1, 1600);
    tcp_close(g, &t);
}

/* -- SIP ---------------------------------------------------------------------------------- */

static size_t sip_text(struct gen *g, const struct phone *p, char text[8192], unsigned status,
                       unsigned cseq, size_t pad)
{
    char line[64];
    snprintf(line, sizeof line, status ? "SIP/2.0 %u %s" : "REGISTER sip:" PROXY " SIP/2.0", status,
             status == 401 ? "Unauthorized" : "OK");
    int n = snprintf(text, 8192,
                     "%s\r\nVia: SIP/2.0/UDP 192.0.2.%u:5060;branch=z9hG4bK%08x\r\n"
                     "From: <sip:%u@" PROXY ">;tag=%x\r\nTo: <sip:%u@" PROXY ">\r\n"
                     "Call-ID: %s-%u\r\nCSeq: %u REGISTER\r\nX-Pad: ",
                     line, p->n, (unsigned)chance(g), 1000 + p->n, p->n, 1000 + p->n, p->mac, p->n,
                     cseq);
    memset(text + n, 'p', pad);
    n += (int)pad;
    n += snprintf(text + n, 8192 - (size_t)n, "\r\nContent-Length: 0\r\n\r\n");
    return (size_t)n;
}

static void sip_udp(struct gen *g, const struct phone *p)
{
    static const unsigned answers[] = {0, 401, 0, 200};
    char text[8192];
    struct host end[2] = {host_of(0, p->n, p->six, 5060), host_of(1, 31, p->six, 5060)};
    for (unsigned i = 0; i < 4; i++) {
        size_t pad = one_in(g, 4) ? 2000 + chance(g) % 2000 : 30;
        size_t n = sip_text(g, p, text, answers[i], 1 + i / 2, pad);
        udp_send(g, &end[i % 2], &end[1 - i % 2], text, n);
    }
}

static void sip_tcp(struct gen *g, const struct phone *p)
{
    static const unsigned answers[] = {0, 401, 0, 200};
    struct tcp t;
    char text[8192];
    tcp_open(g, &t, phone_host(g, p), host_of(1, 31, p->six, 5060));
    for (unsigned i = 0; i < 4; i++) {
        size_t n = sip_text(g, p, text, answers[i], 1 + i / 2, chance(g) % 3000);
        tcp_say(g, &t, i % 2, text, n);
    }
    tcp_say(g, &t, 0, "\r\n\r\n", 4);
    tcp_say(g, &t, 1, "\r\n", 2);
    if (one_in(g, 2)) {
        tcp_close(g, &t);
    }
}

static void sip_tls(struct gen *g, const struct phone *p)
{
    struct tcp t;
    tls_begin(g, &t, phone_host(g, p), host_of(1, 32, p->six, 5061), EDGE);
    for (unsigned i = 0; i < 4; i++) {
        tls_say(g, &t, i % 2, 600);
    }
}

static void refused(struct gen *g, const struct phone *p)
{
    struct tcp t = {{phone_host(g, p), host_of(1, 33, p->six, 5061)}, {(uint32_t)chance(g), 0}};
    segment(g, &t, 0, SYN, "", 0);
    if (one_in(g, 2)) {
        segment(g, &t, 1, RST | ACK, "", 0);
    }
}

static void journey(struct gen *g)
{
    struct phone p = {.n = 10 + (uint32_t)(chance(g) % g->phones), .six = one_in(g, g->six)};
    mac_write(host_of(0, p.n, false, 0).mac, p.mac);
    dhcp_say(g, &p, DHCP_DISCOVER, (uint32_t)chance(g));
    dhcp_say(g, &p, DHCP_REQUEST, (uint32_t)chance(g));
    ntp_say(g, &p);
    dns_say(g, &p, "config.example.net", p.six ? DNS_AAAA : DNS_A);
    void (*const fetch[])(struct gen *, const struct phone *) = {tftp_say, http_say, https_say};
    fetch[chance(g) % 3](g, &p);
    dns_say(g, &p, "_sips._tcp." PROXY, DNS_SRV);
    dns_say(g, &p, EDGE, p.six ? DNS_AAAA : DNS_A);
    void (*const enlist[])(struct gen *, const struct phone *) = {sip_udp, sip_tcp, sip_tls,
                                                                  refused};
    enlist[chance(g) % 4](g, &p);
}

/* -- speech and transfers ------------------------------------------------------------------- */

static void speech(struct gen *g)
{
    static uint16_t seq[CALLS];
    uint8_t b[12 + 160];
    unsigned call = (unsigned)(chance(g) % CALLS);
    struct host a = host_of(0, 10 + call, false, (uint16_t)(16384 + 2 * call));
    struct host z = host_of(0, 11 + call, false, (uint16_t)(18384 + 2 * call));
    bool forth = chance(g) % 2;
    put(put(b, 0x8000, 2), seq[call]++, 2);
    put(put(b + 4, seq[call] * 160U, 4), 0x5EED0000U + call, 4);
    memset(b + 12, (int)(0x40 + (seq[call] & 63)), 160);
    udp_send(g, forth ? &a : &z, forth ? &z : &a, b, sizeof b);
}

/* A transfer goes on by one segment; each has a head of its own: HTTP, TLS, or neither. */
static void transfer(struct gen *g)
{
    static struct tcp t[TRANSFERS];
    static const uint16_t ports[] = {80, 443, 22};
    static uint8_t body[MTU - 80];
    unsigned i = (unsigned)(chance(g) % TRANSFERS);
    if (t[i].seq[0] == 0) {
        struct host client = host_of(0, 10 + i, false, (uint16_t)(61000 + i));
        tcp_open(g, &t[i], client, host_of(2, 100 + i, false, ports[i % 3]));
        static const char ask[] = "GET /image HTTP/1.1\r\nHost: load.example.org\r\n\r\n";
        static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
        if (i % 3 == 0) {
            tcp_say(g, &t[i], 0, ask, sizeof ask - 1);
            tcp_say(g, &t[i], 1, answer, sizeof answer - 1);
        } else if (i % 3 == 1) {
            tcp_say(g, &t[i], 0, scratch, client_hello(g, scratch, "load.example.org"));
            tcp_say(g, &t[i], 1, scratch, server_hello(g, scratch));
        } else {
            tcp_say(g, &t[i], 1, "SSH-2.0-lab\r\n", 13);
        }
    }
    put(put(body, 0x170303, 3), sizeof body - 5, 2); /* a record of each segment */
    segment(g, &t[i], 1, PSH | ACK, body, sizeof body);
    if (t[i].seq[1] & 1) {
        segment(g, &t[i], 0, ACK, "", 0);
    }
}

/* -- all of it ---------------------------------------------------------------------------- */

static void one_packet(struct gen *g)
{
    if (chance(g) % 10000 < g->talk) {
        struct lane *l = &g->lane_of[chance(g) % g->lanes];
        if (!lane_next(g, l)) {
            g->lane = l;
            journey(g);
            g->lane = NULL;
            lane_next(g, l);
        }
    } else if (chance(g) % 100 < g->bulk) {
        transfer(g);
    } else {
        speech(g);
    }
}

static bool option(struct gen *g, struct str word)
{
    const struct {
        struct str name;
        uint64_t *value;
    } known[] = {
        {STR("size"), &g->size}, {STR("seed"), &g->seed},   {STR("phones"), &g->phones},
        {STR("talk"), &g->talk}, {STR("bulk"), &g->bulk},   {STR("loss"), &g->loss},
        {STR("swap"), &g->swap}, {STR("again"), &g->again}, {STR("six"), &g->six},
        {STR("vlan"), &g->vlan}, {STR("ng"), &g->ng},       {STR("nano"), &g->nano},
        {STR("big"), &g->big},   {STR("snap"), &g->snap},   {STR("lanes"), &g->lanes},
    };
    struct str value = word;
    struct str name = str_cut(&value, '=');
    uint64_t unit = str_ends(value, STR("M")) ? 1 << 20 : str_ends(value, STR("K")) ? 1 << 10 : 1;
    value.len -= unit > 1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_eq(name, known[i].name) && str_u64(value, known[i].value)) {
            *known[i].value *= unit;
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    static struct gen g = {.seed = 1,
                           .size = 16 << 20,
                           .phones = 50,
                           .talk = 100,
                           .bulk = 12,
                           .lanes = LANES,
                           .snap = 262144,
                           .time = 1700000000000000000};
    g.out = stdout;
    for (int i = 1; i < argc; i++) {
        if (!option(&g, str_z(argv[i]))) {
            fprintf(stderr, "capgen: %s is no option\n", argv[i]);
            return 2;
        }
    }
    for (int i = 0; i < LANES; i++) {
        g.lane_of[i].p = malloc(LANE);
        if (!g.lane_of[i].p) {
            return 1;
        }
    }
    if (g.phones == 0 || g.phones > 200 || g.lanes == 0 || g.lanes > LANES) {
        fprintf(stderr, "capgen: too many phones or lanes, or none\n");
        return 2;
    }
    file_begin(&g);
    while (g.written < g.size) {
        one_packet(&g);
    }
    for (int i = 0; i < LANES; i++) {
        free(g.lane_of[i].p);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
