/* A phone of the fleet that makes the whole journey: names, activation, configuration, registration. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/fleet/inside.h"
#include "base/random.h"
#include "io/out/out.h"

enum { TEXT = 64, DAY_BEFORE = 86400 };

static const char model[] = "8851-3PCC";

/* Locally administered addresses, by the seed and the number: the same fleet has the same phones. */
struct mac fleet_mac(uint64_t seed, uint64_t k)
{
    uint64_t random = seed;
    uint64_t n = k + 1;
    uint64_t high = random_next(&random);
    return (struct mac){.b = {0x02, (uint8_t)(high >> 8), (uint8_t)high, (uint8_t)(n >> 16),
                              (uint8_t)(n >> 8), (uint8_t)n}};
}

static void mac_bare(struct mac m, char ret[13])
{
    (void)snprintf(ret, 13, "%02X%02X%02X%02X%02X%02X", m.b[0], m.b[1], m.b[2], m.b[3], m.b[4],
                   m.b[5]);
}

int fleet_list(const struct fleet_cfg *cfg)
{
    static struct out out;
    struct sink s = out_init(&out, STDOUT_FILENO);
    char mac[13];
    sink_z(&s, "mac,model,kind,owner,number\n");
    for (uint64_t k = 0; k < cfg->phones; k++) {
        mac_bare(fleet_mac(cfg->seed, k), mac);
        sink_fmt(&s, "%s,CP-%s,workspace,Desk %llu,%llu\n", mac, model,
                 (unsigned long long)cfg->first_user + k, (unsigned long long)cfg->first_user + k);
    }
    return out_flush(&out) == ERR_OK ? CLI_OK : CLI_UNFINISHED;
}

/* -- what it shows: a certificate of its own, made when it is needed */

static struct pki_pair *on_certificate(void *ctx, struct desk *d)
{
    struct traveller *t = (struct traveller *)d;
    struct worker *w = t->worker;
    char mac[13], serial[TEXT], cn[TEXT], why[PKI_WHY];
    struct pki_pair *p = NULL;
    (void)ctx;
    if (!w->fleet->cfg.authority) {
        return NULL;
    }
    mac_bare(d->phone.mac, mac);
    (void)snprintf(serial, sizeof serial, "PID:CP-%s SN:%s", model, d->phone.serial);
    (void)snprintf(cn, sizeof cn, "CP-%s-SEP%s", model, mac);
    usec_t now = loop_date(w->loop);
    const struct pki_request r = {.role = PKI_CLIENT,
                                  .key = PKI_P256,
                                  .same_key = w->identity,
                                  .subject = {{"serialNumber", serial}, {"CN", cn}},
                                  .n_subject = 2,
                                  .from = now - DAY_BEFORE * USEC_S,
                                  .until = now + DAY_BEFORE * USEC_S};
    if (pki_make(&r, w->fleet->cfg.authority, &p, why) != ERR_OK) {
        return NULL; /* it is refused, and that is counted */
    }
    if (!w->identity && pki_make(&r, w->fleet->cfg.authority, &w->identity, why) != ERR_OK) {
        w->identity = NULL; /* the next one has a key of its own as well */
    }
    return p;
}

/* -- what becomes of it */

static void settled(struct worker *w, struct traveller *t)
{
    w->settled += !t->was_up && !t->failed;
}

static void went_up(struct worker *w, struct traveller *t, usec_t now)
{
    if (t->asked != USEC_NONE) {
        spread_add(&w->tally.spread[TALLY_REGISTER], (uint64_t)(now - t->asked));
        t->asked = USEC_NONE;
    }
    if (t->up) {
        w->tally.count[TALLY_REFRESHED]++;
        return;
    }
    settled(w, t);
    t->up = t->was_up = true;
    w->tally.up++;
    if (t->due != USEC_NONE) {
        spread_add(&w->tally.spread[TALLY_DIAL_TONE], (uint64_t)(now - t->due));
        w->tally.count[TALLY_REGISTERED]++;
        t->due = USEC_NONE;
    }
}

static void went_wrong(struct worker *w, struct traveller *t, enum stage s)
{
    static const enum tally_count counts[STAGES] = {[STAGE_ACTIVATION_DNS] = TALLY_UNRESOLVED,
                                                    [STAGE_ACTIVATION] = TALLY_FETCH_FAILED,
                                                    [STAGE_PROVISIONING_DNS] = TALLY_UNRESOLVED,
                                                    [STAGE_PROVISIONING] = TALLY_FETCH_FAILED,
                                                    [STAGE_SRV] = TALLY_UNRESOLVED,
                                                    [STAGE_CONNECT] = TALLY_BROKEN,
                                                    [STAGE_REGISTER] = TALLY_REFUSED};
    if (counts[s] == TALLY_BEGUN) {
        return; /* a clock that is not set keeps nobody */
    }
    w->tally.count[counts[s]]++;
    settled(w, t);
    t->failed = true;
    if (t->up && s >= STAGE_SRV) {
        t->up = false;
        w->tally.up--;
        w->tally.count[TALLY_LOST]++;
    }
}

static void on_stage(void *ctx, struct desk *d, enum stage s, bool begun, enum stage_state state)
{
    struct traveller *t = (struct traveller *)d;
    struct worker *w = t->worker;
    usec_t now = loop_now(w->loop);
    (void)ctx;
    if (begun) {
        t->asked = s == STAGE_REGISTER ? now : t->asked;
        return;
    }
    if (state == STAGE_FAILED) {
        went_wrong(w, t, s);
    } else if (state == STAGE_OK && s == STAGE_ACTIVATION) {
        w->tally.count[TALLY_ACTIVATED]++;
    } else if (state == STAGE_OK && s == STAGE_PROVISIONING) {
        w->tally.count[TALLY_CONFIGURED]++;
    } else if (state == STAGE_OK && s == STAGE_CONNECT) {
        w->tally.count[TALLY_CONNECTED]++;
    } else if (state == STAGE_OK && s == STAGE_REGISTERED) {
        went_up(w, t, now);
    }
}

static const struct desk_on on = {.stage = on_stage, .certificate = on_certificate};

/* -- its life */

enum err traveller_init(struct worker *w, struct traveller *t, uint64_t k)
{
    const struct fleet_cfg *cfg = &w->fleet->cfg;
    char serial[PHONE_SERIAL];
    uint64_t random = cfg->seed + k * UINT64_C(0x9e3779b97f4a7c15);
    (void)snprintf(serial, sizeof serial, "FCH%08u", (unsigned)(k % 100000000));
    struct phone_identity id = {.mac = fleet_mac(cfg->seed, k),
                                .serial = str_z(serial),
                                .model = str_z(model),
                                .load = STR("sip88xx.12-0-2MPP0001-20230510"),
                                .hardware = STR("V01")};
    for (size_t i = 0; i < sizeof id.uuid; i++) {
        id.uuid[i] = (uint8_t)random_next(&random);
    }
    t->worker = w;
    t->due = t->asked = USEC_NONE;
    enum err e = desk_init(&t->desk, w->desks, &id, &on, NULL, NULL, random_next(&random));
    if (e == ERR_OK) {
        desk_static(&t->desk, &cfg->lease[k % cfg->froms]);
    }
    return e;
}

void traveller_start(struct worker *w, struct traveller *t, usec_t due, usec_t now)
{
    spread_add(&w->tally.spread[TALLY_LATE], (uint64_t)(now > due ? now - due : 0));
    w->tally.count[TALLY_BEGUN]++;
    t->due = due;
    t->begun = true;
    desk_start(&t->desk);
}

void traveller_storm(struct worker *w, struct traveller *t, usec_t due)
{
    usec_t now = loop_now(w->loop);
    if (!t->begun) {
        return;
    }
    w->tally.up -= t->up;
    t->up = false;
    t->asked = USEC_NONE;
    t->due = due;
    spread_add(&w->tally.spread[TALLY_LATE], (uint64_t)(now > due ? now - due : 0));
    w->tally.count[TALLY_BEGUN]++;
    desk_power_cut(&t->desk);
}
