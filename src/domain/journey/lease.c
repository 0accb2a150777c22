/* The lease: what DHCP gave the phone, and whether it sent it elsewhere. */
#include "domain/journey/inside.h"

enum { KEY_DUMP, KEY_TARGET, KEY_ROUTER, KEY_NTP, KEY_DNS, KEY_ADDRESS, KEY_OFFER, KEY_RIVAL };
enum { N_NTP_ZERO, N_NTP_SEEN, N_OFFERS, N_OFFER_FACTS };

static bool is_absent(struct str v)
{
    return v.len == 0 || str_eq(v, STR("0.0.0.0")) || str_eq(v, STR("::"));
}

/* What options of other uses hold is a target only where it is a URL. */
static bool is_target(struct str key, struct str value)
{
    static const struct {
        struct str key;
        bool url;
    } rows[] = {
        {STR_INIT("tftpsvr1"), false},  {STR_INIT("tftpsvr2"), false},
        {STR_INIT("option66"), false},  {STR_INIT("option150"), false},
        {STR_INIT("option159"), false}, {STR_INIT("option160"), false},
        {STR_INIT("option43"), true},   {STR_INIT("option60"), true},
        {STR_INIT("option125"), true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (str_eq(key, rows[i].key)) {
            return !is_absent(value) && (!rows[i].url || str_find(value, STR("://")) != STR_NPOS);
        }
    }
    return false;
}

static const struct {
    const char *key;
    enum phone_value value;
} values[] = {
    {"ipaddr", PHONE_IP},     {"router1", PHONE_GATEWAY}, {"dns1", PHONE_DNS1},
    {"dns2", PHONE_DNS2},     {"ntpsvr1", PHONE_NTP},     {"tftpsvr1", PHONE_TFTP},
    {"option66", PHONE_TFTP}, {"option160", PHONE_TFTP},  {"hostname", PHONE_HOSTNAME},
};

static void option(struct journey *j, struct slot *s, const struct fact *f)
{
    struct str key = fact_get(f, FIELD_KEY);
    struct str value = str_trim(fact_get(f, FIELD_VALUE));
    const struct fact *kept = slot_keep(s, f);
    if (!kept) {
        return;
    }
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (str_eq(key, str_z(values[i].key)) && !is_absent(value)) {
            text_set(j->s.value[values[i].value], VALUE_MOST, value);
        }
    }
    if (is_target(key, value) && !s->key[KEY_TARGET]) {
        s->key[KEY_TARGET] = kept;
        s->kept = kept;
    } else if (str_eq(key, STR("router1"))) {
        s->key[KEY_ROUTER] = kept;
    } else if (str_eq(key, STR("dns1"))) {
        s->key[KEY_DNS] = kept;
    } else if (str_starts(key, STR("ntpsvr"))) {
        s->number[N_NTP_SEEN]++;
        s->number[N_NTP_ZERO] += is_absent(value);
        s->key[KEY_NTP] = s->key[KEY_NTP] ? s->key[KEY_NTP] : kept;
    } else if (str_eq(key, STR("ipaddr"))) {
        s->key[KEY_ADDRESS] = kept;
    }
}

/* Servers that offered a lease; the first two are kept in mind. */
static void offer(struct slot *s, const struct fact *f)
{
    const struct fact *kept = slot_keep(s, f);
    const struct fact *first = s->key[KEY_OFFER];
    if (!kept) {
        return;
    }
    s->number[N_OFFER_FACTS]++;
    if (!first) {
        s->key[KEY_OFFER] = kept;
        s->number[N_OFFERS] = 1;
    } else if (!str_eq(fact_get(first, FIELD_SERVER), fact_get(f, FIELD_SERVER))) {
        s->key[KEY_RIVAL] = s->key[KEY_RIVAL] ? s->key[KEY_RIVAL] : kept;
        s->number[N_OFFERS]++;
    }
}

static void rivals(struct slot *s)
{
    char count[24];
    const struct fact *rival = s->key[KEY_RIVAL];
    if (rival) {
        struct fact c = slot_conclude(FACT_LEASE_RIVALS, rival, STAGE_DHCP);
        fact_add(&c, FIELD_SERVER, fact_get(s->key[KEY_OFFER], FIELD_SERVER));
        fact_add(&c, FIELD_OTHER, fact_get(rival, FIELD_SERVER));
        fact_add(&c, FIELD_COUNT, str_number(count, s->number[N_OFFERS]));
        slot_add(s, &c, false);
    }
}

/* An offer names a server for the configuration that is not the expected one: only a probe, which takes
 * no lease, tells its URL. */
static void elsewhere(struct journey *j, struct slot *s)
{
    for (unsigned i = 0; i < s->a.n; i++) {
        const struct fact *f = s->a.fact[i];
        struct str url = fact_get(f, FIELD_URL);
        bool offered = f->kind == FACT_DHCP_OFFER && url.len > 0;
        if (offered && !(j->cfg.expect.len && same_host(j->cfg.expect, url_host(url)))) {
            struct fact c = slot_conclude(FACT_TARGET_DHCP, f, STAGE_DHCP);
            fact_add(&c, FIELD_STATE, j->cfg.expect.len ? STR("other") : STR("used"));
            fact_add(&c, FIELD_OTHER, j->cfg.expect);
            fact_add(&c, FIELD_SERVER, url_host(url));
            fact_add(&c, FIELD_URL, url);
            fact_add(&c, FIELD_KEY, fact_get(f, FIELD_KEY));
            slot_add(s, &c, true);
            return;
        }
    }
}

static struct str last_part(const struct fact *f)
{
    return f->kind == FACT_DHCP_OPTION ? str_trim(fact_get(f, FIELD_VALUE))
                                       : fact_get(f, FIELD_ADDRESS);
}

void lease_on(struct journey *j, const struct fact *f)
{
    struct slot *s = &j->s.slot[SLOT_LEASE];
    bool address = f->kind == FACT_DHCP_ADDRESS;
    if (s->open && (address && s->key[KEY_DUMP])) {
        lease_end(j); /* a new lease */
    }
    if (!s->open) {
        slot_open(s, ATTEMPT_LEASE, ROLE_NONE, f);
        s->kept = NULL;
    }
    switch (f->kind) {
    case FACT_DHCP_OPTION:
        option(j, s, f);
        break;
    case FACT_DHCP_OFFER:
        offer(s, f);
        break;
    case FACT_DHCP_ADDRESS: {
        const struct fact *kept = slot_keep(s, f);
        s->key[KEY_DUMP] = kept;
        s->key[KEY_ADDRESS] = kept;
        if (!is_absent(fact_get(f, FIELD_ADDRESS))) {
            text_set(j->s.value[PHONE_IP], VALUE_MOST, fact_get(f, FIELD_ADDRESS));
        }
        break;
    }
    case FACT_DHCP_GATEWAY: {
        const struct fact *kept = slot_keep(s, f);
        s->key[KEY_ROUTER] = s->key[KEY_ROUTER] ? s->key[KEY_ROUTER] : kept;
        break;
    }
    default:
        (void)slot_keep(s, f);
        break;
    }
}

static void thin(struct slot *s, const struct fact *f, const char *key)
{
    if (f && is_absent(last_part(f))) {
        struct fact c = slot_conclude(FACT_LEASE_THIN, f, STAGE_DHCP);
        fact_add(&c, FIELD_KEY, str_z(key));
        slot_add(s, &c, true);
    }
}

void lease_end(struct journey *j)
{
    struct slot *s = &j->s.slot[SLOT_LEASE];
    if (!s->open) {
        return;
    }
    rivals(s);
    const struct fact *address = s->key[KEY_ADDRESS];
    if (address && is_absent(last_part(address))) {
        struct fact c = slot_conclude(FACT_LEASE_NONE, address, STAGE_DHCP);
        fact_add(&c, FIELD_ADDRESS, last_part(address));
        slot_add(s, &c, true);
    } else if (s->a.n > s->number[N_OFFER_FACTS]) {
        slot_rung(s, STAGE_DHCP, STAGE_OK, -1, address ? address : s->a.fact[0]);
        slot_rung(s, STAGE_LINK, STAGE_OK, -1, address ? address : s->a.fact[0]);
        thin(s, s->key[KEY_ROUTER], "router1");
        thin(s, s->key[KEY_DNS], "dns1");
    }
    elsewhere(j, s);
    if (s->key[KEY_NTP] && s->number[N_NTP_ZERO] == s->number[N_NTP_SEEN]) {
        struct fact c = slot_conclude(FACT_CLOCK_NONE, s->key[KEY_NTP], STAGE_CLOCK);
        slot_add(s, &c, false);
    }
    slot_close(&j->s, s);
}

const struct fact *lease_target(const struct journey *j)
{
    return j->s.slot[SLOT_LEASE].kept;
}
