/* Who the phone is: the places in a log where its MAC, serial number, model and load stand. */
#include "base/mac.h"
#include "flow/dissect/dissect.h"
#include "proto/sip/sip_identity.h"

static void add_mac(struct fact *f, struct mac m, char text[MAC_TEXT])
{
    mac_write(m, text);
    fact_add(f, FIELD_MAC, str_z(text));
}

void dissect_agent(struct dissect *d, const struct fact *base, struct str agent)
{
    struct sip_agent a;
    struct fact f;
    char mac[MAC_TEXT];
    if (!sip_agent_read(agent, &a)) {
        return;
    }
    fact_like(&f, FACT_PHONE_MODEL, base);
    fact_add(&f, FIELD_MODEL, a.model);
    fact_add(&f, FIELD_FIRMWARE, a.firmware);
    if (a.has_mac) {
        add_mac(&f, a.mac, mac);
    }
    dissect_tell(d, &f);
}

/* ".../callhome/rc?id=MAC:SERIAL:MODEL&sw=LOAD&..." */
static void callhome(struct dissect *d, const struct fact *base, struct str url)
{
    size_t at = str_find(url, STR("/callhome/"));
    size_t id_at = at == STR_NPOS ? STR_NPOS : str_find(str_from(url, at), STR("id="));
    struct fact f;
    struct mac m;
    char mac[MAC_TEXT];
    if (id_at == STR_NPOS) {
        return;
    }
    struct str rest = str_from(url, at + id_at + 3);
    struct str id = str_cut(&rest, '&');
    struct str sw = str_starts(rest, STR("sw=")) ? str_from(rest, 3) : str_of(NULL, 0);
    sw = str_cut(&sw, '&');
    fact_like(&f, FACT_PHONE_MODEL, base);
    /* The address itself may be written with colons: model and serial are the last two parts. */
    size_t last = id.len;
    while (last && id.p[last - 1] != ':') {
        last--;
    }
    struct str model = str_from(id, last);
    id.len = last ? last - 1 : 0;
    last = id.len;
    while (last && id.p[last - 1] != ':') {
        last--;
    }
    struct str serial = str_from(id, last);
    struct str address = str_head(id, last ? last - 1 : 0);
    if (!str_starts(model, STR("CP-"))) {
        return; /* cut short */
    }
    fact_add(&f, FIELD_MODEL, model);
    if (!template_redacted(serial)) {
        fact_add(&f, FIELD_SERIAL, serial);
    }
    if (mac_read(address, &m)) {
        add_mac(&f, m, mac);
    }
    if (str_find(sw, STR(".")) != STR_NPOS) {
        fact_add(&f, FIELD_FIRMWARE, sw);
    }
    dissect_tell(d, &f);
}

static void message(struct dissect *d, const struct fact *base)
{
    struct fact f;
    struct mac m;
    char mac[MAC_TEXT];
    fact_like(&f, FACT_PHONE_MODEL, base);
    struct str model = fact_get(base, FIELD_MODEL);
    if (!str_starts(model, STR("CP-"))) {
        return;
    }
    fact_add(&f, FIELD_MODEL, model);
    if (mac_read(fact_get(base, FIELD_MAC), &m)) {
        add_mac(&f, m, mac);
    }
    dissect_tell(d, &f);
}

static void option(struct dissect *d, const struct fact *base)
{
    struct fact f;
    struct mac m;
    char mac[MAC_TEXT];
    struct str value = fact_get(base, FIELD_VALUE);
    if (str_eq(fact_get(base, FIELD_KEY), STR("hostname")) && str_istarts(value, STR("SEP")) &&
        mac_read(value, &m)) {
        fact_like(&f, FACT_PHONE_MODEL, base);
        add_mac(&f, m, mac);
        dissect_tell(d, &f);
    }
}

void dissect_identity(struct dissect *d, const struct fact *f)
{
    switch (f->kind) {
    case FACT_FETCH_START:
        callhome(d, f, fact_get(f, FIELD_URL));
        break;
    case FACT_HTTP_REQUEST:
        callhome(d, f, fact_get(f, FIELD_PATH));
        break;
    case FACT_RESYNC_REQUEST:
    case FACT_RESYNC_FAILED:
    case FACT_RESYNC_OK:
    case FACT_UPGRADE_REQUEST:
    case FACT_UPGRADE_FAILED:
    case FACT_UPGRADE_OK:
        message(d, f);
        break;
    case FACT_DHCP_OPTION:
        option(d, f);
        break;
    default:
        break;
    }
}
