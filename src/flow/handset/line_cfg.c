/* What an agent is told of its line, from the settings. */
#include <stdio.h>

#include "domain/profile/profile.h"
#include "flow/handset/inside.h"
#include "flow/handset/lines.h"

static uint32_t number(const struct handset *h, const char *name)
{
    uint64_t n = phone_number(h->phone, name);
    return n > INT32_MAX ? INT32_MAX : (uint32_t)n;
}

static uint32_t line_number(const struct handset *h, const char *name, unsigned line)
{
    uint64_t n = phone_line_number(h->phone, name, line);
    return n > INT32_MAX ? INT32_MAX : (uint32_t)n;
}

static uint16_t port(const struct handset *h, const char *name)
{
    uint32_t n = number(h, name);
    return (uint16_t)(n > UINT16_MAX ? UINT16_MAX : n);
}

/* ".5" seconds; `usual` where it is no number. */
static uint32_t milliseconds(const struct handset *h, const char *name, uint32_t usual)
{
    struct str rest = str_trim(handset_get(h, name));
    uint64_t whole = 0, part = 0;
    struct str head = str_cut(&rest, '.');
    if ((head.len && !str_u64(head, &whole)) || whole > 64 || (head.len == 0 && rest.len == 0)) {
        return usual;
    }
    struct str digits = str_head(rest, 3);
    if (digits.len && !str_u64(digits, &part)) {
        return usual;
    }
    for (size_t n = digits.len; n < 3; n++) {
        part *= 10;
    }
    uint64_t ms = whole * 1000 + part;
    return ms ? (uint32_t)ms : usual;
}

static enum select_transport transport(const struct handset *h, unsigned line)
{
    struct str t = phone_of_line(h->phone, "SIP_Transport", line);
    return str_ieq(t, STR("TCP"))    ? SELECT_TCP
           : str_ieq(t, STR("TLS"))  ? SELECT_TLS
           : str_ieq(t, STR("AUTO")) ? SELECT_AUTO
                                     : SELECT_UDP;
}

static struct str user_agent(const struct handset *h)
{
    char version[PHONE_VERSION], text[128];
    struct str name = handset_get(h, "SIP_Reg_User_Agent_Name");
    if (name.len == 0) {
        name = handset_get(h, "SIP_User_Agent_Name");
    }
    if (!str_eq(name, STR("$VERSION"))) {
        return name;
    }
    int n = snprintf(text, sizeof text, "Cisco-CP-%.*s/%.*s",
                     STR_ARG(str_head(phone_model(h->phone), 64)),
                     STR_ARG(phone_version(h->phone, version)));
    return phone_pool_text(h->phone->pool, str_of(text, (size_t)n));
}

static void servers(const struct handset *h, unsigned line, struct select_cfg *s)
{
    struct str first = phone_of_line(h->phone, "Outbound_Proxy", line);
    s->servers = first.len ? first : phone_of_line(h->phone, "Proxy", line);
    s->transport = transport(h, line);
    s->method =
        str_ieq(phone_of_line(h->phone, "Proxy_Redundancy_Method", line), STR("Based on SRV Port"))
            ? SELECT_SRV_PORT
            : SELECT_NORMAL;
    s->srv = phone_line_yes(h->phone, "Use_DNS_SRV", line) &&
             !phone_fault(h->phone, PHONE_FAULT_SRV_OFF);
    s->prefix = phone_line_yes(h->phone, "DNS_SRV_Auto_Prefix", line);
    s->back_at_once = !phone_line_yes(h->phone, "Auto_Register_When_Failover", line);
    s->fallback = line_number(h, "Proxy_Fallback_Intvl", line);
    s->line = h->cfg->line;
}

void line_cfg(const struct handset *h, unsigned line, struct agent_cfg *cfg)
{
    agent_cfg_usual(cfg);
    cfg->crypto = h->cfg->crypto;
    cfg->message = h->cfg->message;
    servers(h, line, &cfg->servers);
    cfg->domain = phone_of_line(h->phone, "Proxy", line);
    cfg->registers = phone_line_yes(h->phone, "Register", line);
    cfg->name_validate = phone_line_yes(h->phone, "TLS_Name_Validate", line);
    cfg->auth_notify = phone_line_yes(h->phone, "Auth_Resync-Reboot", line);
    cfg->reverse_realm = phone_of_line(h->phone, "Reversed_Auth_Realm", line);
    cfg->user_agent = user_agent(h);
    cfg->expires = line_number(h, "Register_Expires", line);
    cfg->expires_least = number(h, "Reg_Min_Expires");
    cfg->expires_most = number(h, "Reg_Max_Expires");
    cfg->retry = number(h, "Reg_Retry_Intvl");
    cfg->retry_random = number(h, "Reg_Retry_Random_Delay");
    cfg->retry_cap = number(h, "Reg_Retry_Intvl_Cap");
    cfg->retry_long = number(h, "Reg_Retry_Long_Intvl");
    cfg->retry_long_random = number(h, "Reg_Retry_Long_Random_Delay");
    cfg->retry_codes = handset_get(h, "Retry_Reg_RSC");
    cfg->backup_codes = handset_get(h, "Try_Backup_RSC");
    cfg->t1_ms = milliseconds(h, "SIP_T1", cfg->t1_ms);
    cfg->t2_ms = milliseconds(h, "SIP_T2", cfg->t2_ms);
    cfg->t4_ms = milliseconds(h, "SIP_T4", cfg->t4_ms);
    cfg->timer_f_ms = milliseconds(h, "SIP_Timer_F", cfg->timer_f_ms);
    uint32_t local = line_number(h, "SIP_Port", line);
    cfg->sip_port = (uint16_t)(local > UINT16_MAX ? 0 : local);
    cfg->tcp_port_least = port(h, "SIP_TCP_Port_Min");
    cfg->tcp_port_most = port(h, "SIP_TCP_Port_Max");
    if (phone_line_yes(h->phone, "NAT_Keep_Alive_Enable", line)) {
        struct str message = phone_of_line(h->phone, "NAT_Keep_Alive_Msg", line);
        cfg->alive = number(h, "NAT_Keep_Alive_Intvl");
        cfg->alive_with = str_eq(message, STR("$NOTIFY"))     ? AGENT_ALIVE_NOTIFY
                          : str_eq(message, STR("$REGISTER")) ? AGENT_ALIVE_REGISTER
                                                              : AGENT_ALIVE_BLANK;
    }
}

void line_who(const struct handset *h, unsigned line, struct agent_line *who)
{
    struct str auth = phone_of_line(h->phone, "Auth_ID", line);
    *who = (struct agent_line){
        .user = phone_of_line(h->phone, "User_ID", line),
        .auth = phone_fault(h->phone, PHONE_FAULT_AUTH_ID_WRONG) ? STR("nobody") : auth,
        .password = phone_fault(h->phone, PHONE_FAULT_SECRET_WRONG)
                        ? STR("another-secret")
                        : phone_of_line(h->phone, "Password", line),
        .display = phone_of_line(h->phone, "Display_Name", line),
        .mac = h->phone->mac,
        .index = (uint8_t)(line - 1),
    };
    memcpy(who->uuid, h->phone->uuid, sizeof who->uuid);
}

bool line_is_set(const struct handset *h, unsigned line)
{
    char user[PROFILE_NAME_MOST];
    struct agent_cfg cfg;
    int n = snprintf(user, sizeof user, "User_ID_%u_", line);
    if (!phone_has(h->phone, str_of(user, (size_t)n))) {
        return false; /* most are not: the others need not be looked at */
    }
    servers(h, line, &cfg.servers);
    struct str host = cfg.servers.servers;
    struct str rest = host;
    return phone_line_yes(h->phone, "Line_Enable", line) && host.len &&
           phone_of_line(h->phone, "User_ID", line).len && handset_allowed(h, str_cut(&rest, ':'));
}
