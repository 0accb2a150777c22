/* Scenario files: what is wrong with a phone and how it is set, combined. The form is that of base/conf.h:
 *
 *     fault clock-wrong
 *     dhcp-option 66 192.0.2.20
 *     set Resync_Error_Retry_Delay 60
 *     rule "[--key k] http://192.0.2.20/$MA.xml" */
#include "app/phone/inside.h"
#include "domain/profile/profile.h"

struct scenario {
    struct conf c;
    struct conf_error error;
    struct phone_cfg *cfg;
};

static enum err words(struct scenario *s, struct str *ret, size_t n, const char *form)
{
    struct str more;
    for (size_t i = 0; i < n; i++) {
        if (conf_word(&s->c, &s->cfg->text, &ret[i]) != ERR_OK) {
            return conf_fail(&s->c, "it wants %s", form);
        }
    }
    return conf_word(&s->c, &s->cfg->text, &more) == ERR_END
               ? ERR_OK
               : conf_fail(&s->c, "it wants %s, and nothing behind it", form);
}

static enum err take_fault(struct scenario *s)
{
    struct str name;
    enum phone_fault f = PHONE_FAULTS;
    enum err e = words(s, &name, 1, "fault NAME");
    if (e == ERR_OK && !phone_fault_read(name, &f)) {
        return conf_fail(&s->c, "there is no fault %.*s; `dialtone phone --fault list` names them",
                         STR_ARG(str_head(name, 60)));
    }
    if (e == ERR_OK) {
        s->cfg->faults |= UINT32_C(1) << f;
    }
    return e;
}

static enum err take_set(struct scenario *s)
{
    struct phone_cfg *cfg = s->cfg;
    struct str pair[2];
    enum err e = words(s, pair, 2, "set NAME VALUE");
    if (e != ERR_OK) {
        return e;
    }
    if (!profile_is_name(pair[0])) {
        return conf_fail(&s->c, "%.*s is no name of a parameter", STR_ARG(str_head(pair[0], 60)));
    }
    if (cfg->n_sets == PHONE_SETS) {
        return conf_fail(&s->c, "there are more than %d parameters", PHONE_SETS);
    }
    cfg->set[cfg->n_sets][0] = pair[0];
    cfg->set[cfg->n_sets++][1] = pair[1];
    return ERR_OK;
}

static enum err take_option(struct scenario *s)
{
    struct str pair[2];
    uint64_t code = 0;
    enum err e = words(s, pair, 2, "dhcp-option NUMBER VALUE");
    if (e == ERR_OK && s->cfg->interface) {
        return conf_fail(&s->c, "with --interface that is the DHCP server's to say");
    }
    if (e == ERR_OK &&
        (!str_u64(pair[0], &code) || !phone_lease_option(&s->cfg->lease, code, pair[1]))) {
        return conf_fail(&s->c, "it is none of 43, 60, 66, 125, 150 (an address), 159 and 160");
    }
    return e;
}

static enum err take_rule(struct scenario *s)
{
    struct str rule;
    enum err e = words(s, &rule, 1, "rule \"RULE\"");
    if (e == ERR_OK) {
        s->cfg->desk.handset.rule = rule;
    }
    return e;
}

static enum err take_line(struct scenario *s)
{
    static const struct {
        const char *word;
        enum err (*take)(struct scenario *s);
    } rows[] = {{"fault", take_fault},
                {"set", take_set},
                {"dhcp-option", take_option},
                {"rule", take_rule}};
    struct str word;
    enum err e = conf_word(&s->c, &s->cfg->text, &word);
    for (size_t i = 0; e == ERR_OK && i < sizeof rows / sizeof *rows; i++) {
        if (str_eq(word, str_z(rows[i].word))) {
            return rows[i].take(s);
        }
    }
    return e == ERR_OK ? conf_fail(&s->c, "a line begins with fault, set, dhcp-option or rule") : e;
}

bool phone_scenario(const char *path, struct phone_cfg *cfg)
{
    struct scenario s = {.cfg = cfg};
    if (!phone_file_read("scenario", path, false, &cfg->scenario)) {
        return false;
    }
    conf_init(&s.c, str_z(path), buf_str(&cfg->scenario), &s.error);
    enum err e = conf_line(&s.c);
    while (e == ERR_OK) {
        e = take_line(&s);
        e = e == ERR_OK ? conf_line(&s.c) : e;
    }
    if (e == ERR_MALFORMED) {
        cli_error("--scenario: %.*s:%zu: %s", STR_ARG(s.error.file), s.error.line, s.error.what);
    } else if (e != ERR_END) {
        cli_error("--scenario: %s: %s", path, err_name(e));
    }
    return e == ERR_END;
}
