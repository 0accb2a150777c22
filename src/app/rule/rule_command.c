/* `dialtone rule`: the phone that is asked about, and what it would do, step by step. */
#include "app/rule/rule_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/esc.h"
#include "base/json.h"
#include "domain/rule/rule.h"
#include "io/out/out.h"

enum { SETS = CLI_REPEATS };

static const struct cli_option options[] = {
    {"kind", 'k', "KIND", "profile, report, upgrade or trigger (profile)",
     "profile,report,upgrade,trigger"},
    {"model", 'm', "MODEL", "of the phone (CP-8851-3PCC)", NULL},
    {"mac", 0, "MAC", "its MAC address (00:00:5e:00:53:21)", NULL},
    {"serial", 0, "TEXT", "its serial number", NULL},
    {"firmware", 0, "TEXT", "its firmware, as sip88xx.12-0-2MPP0001-609", NULL},
    {"ip", 0, "ADDR", "its address", NULL},
    {"dhcp-server", 0, "ADDR", "the TFTP server that its lease names", NULL},
    {"state", 0, "N", "PRVST: -1 asked for, 0 power-up, 1 periodic, 2 after a failure (0)", NULL},
    {"set", 's', "NAME=VALUE", "a parameter (GPP_A) or macro (SWVER) (repeatable)", NULL},
    {"file", 'f', "FILE", "read the rule from a file; - for standard input", NULL},
    {"output", 'o', "FORMAT", "text or json", "text,json"},
    {NULL, 0, NULL, NULL, NULL},
};

/* What the steps are written to. */
struct show {
    struct sink *out;
    struct json *json; /* NULL: as text */
    size_t alternative;
    bool begun;
};

static void shown(struct sink *out, const char *head, struct str s, const char *tail)
{
    sink_z(out, head);
    esc_term(out, s);
    sink_z(out, tail);
}

static void step_text(struct show *show, const struct rule_step *s)
{
    struct sink *out = show->out;
    if (!show->begun || show->alternative != s->alternative) {
        sink_fmt(out, "alternative %zu\n", s->alternative + 1);
    }
    switch (s->kind) {
    case RULE_STEP_COMPARED:
        shown(out, "  ", s->text, " is ");
        shown(out, "\"", s->left, "\" ");
        shown(out, "", s->op, " ");
        shown(out, "\"", s->right, s->holds ? "\": holds\n" : "\": does not hold\n");
        break;
    case RULE_STEP_CONDITION:
        sink_z(out, s->holds ? "  the condition holds\n" : "  the condition does not hold\n");
        break;
    case RULE_STEP_ASSIGNED:
        shown(out, "  sets ", s->left, " = ");
        shown(out, "\"", s->right, "\"\n");
        break;
    case RULE_STEP_OPTION:
        shown(out, "  option --", s->left, s->right.len ? " " : "\n");
        if (s->right.len) {
            shown(out, "", s->right, "\n");
        }
        break;
    case RULE_STEP_URL:
        shown(out, "  asks for ", s->right, "\n");
        break;
    case RULE_STEP_NOTE:
        shown(out, "  note: ", s->text, "\n");
        break;
    }
}

static void step_json(struct json *j, const struct rule_step *s)
{
    static const char *const names[] = {"compared", "condition", "assigned",
                                        "option",   "url",       "note"};
    json_open(j, '{');
    json_kint(j, "alternative", (int64_t)s->alternative + 1);
    json_kz(j, "step", names[s->kind]);
    json_kstr(j, "text", s->text);
    json_kstr(j, "left", s->left);
    json_kstr(j, "op", s->op);
    json_kstr(j, "right", s->right);
    if (s->kind == RULE_STEP_COMPARED || s->kind == RULE_STEP_CONDITION) {
        json_kbool(j, "holds", s->holds);
    }
    json_close(j, '}');
}

static void on_step(void *ctx, const struct rule_step *s)
{
    struct show *show = ctx;
    if (show->json) {
        step_json(show->json, s);
    } else {
        step_text(show, s);
    }
    show->begun = true;
    show->alternative = s->alternative;
}

/* -- the phone */

struct phone_args {
    struct rule_phone phone;
    struct str extra[SETS][2];
};

/* "GPP_A", "GPP_SB"; else a macro of that name. */
static bool set_one(struct phone_args *p, const char *text)
{
    struct str value = str_z(text);
    struct str name = str_cut(&value, '=');
    bool general = str_starts(name, STR("GPP_")) && name.len >= 5;
    char letter = general ? name.p[name.len - 1] : 0;
    if (name.len == 0 || name.len == strlen(text)) {
        cli_error("--set takes NAME=VALUE, not '%s'", text);
        return false;
    }
    if (general && name.len == 5 && letter >= 'A' && letter < 'A' + RULE_GPP) {
        p->phone.gpp[letter - 'A'] = value;
    } else if (general && name.len == 6 && name.p[4] == 'S') {
        cli_error(
            "--set: %.*s is a secret, which no command line should hold; what it is changes no "
            "URL",
            STR_ARG(name));
        return false;
    } else {
        size_t n = p->phone.n_extra++;
        p->extra[n][0] = name.p[0] == '$' ? str_from(name, 1) : name;
        p->extra[n][1] = value;
    }
    return true;
}

static bool phone_read(const struct cli_args *a, struct phone_args *p)
{
    const char *mac = cli_value(a, "mac", "00:00:5e:00:53:21"), *value = NULL;
    int64_t state = 0;
    p->phone = (struct rule_phone){.model = str_z(cli_value(a, "model", "CP-8851-3PCC")),
                                   .serial = str_z(cli_value(a, "serial", "")),
                                   .firmware = str_z(cli_value(a, "firmware", "")),
                                   .ip = str_z(cli_value(a, "ip", "")),
                                   .certificate = true,
                                   .extra = (const struct str(*)[2])p->extra};
    if (!mac_read(str_z(mac), &p->phone.mac)) {
        cli_error("--mac: '%s' is no MAC address", mac);
        return false;
    }
    if (!str_i64(str_z(cli_value(a, "state", "0")), &state) || state < -1 || state > 2) {
        cli_error("--state takes -1, 0, 1 or 2");
        return false;
    }
    p->phone.resync_state = (int)state;
    for (size_t i = 0; (value = cli_repeated(a, "set", i)) != NULL; i++) {
        if (!set_one(p, value)) {
            return false;
        }
    }
    return true;
}

/* -- the rule */

/* RULE_MOST bytes of it, and one more where there are more. */
static bool rule_file(const char *path, char room[RULE_MOST + 1], struct str *ret)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "re");
    size_t n = f ? fread(room, 1, RULE_MOST + 1, f) : 0;
    if (!f || ferror(f)) {
        cli_error("%s: %s", path, strerror(errno));
        if (f && !standard) {
            (void)fclose(f);
        }
        return false;
    }
    if (!standard) {
        (void)fclose(f);
    }
    *ret = str_of(room, n);
    return true;
}

static enum rule_kind kind_of(const struct cli_args *a)
{
    static const char *const names[] = {"profile", "report", "upgrade", "trigger"};
    const char *name = cli_value(a, "kind", "profile");
    for (int k = RULE_PROFILE; k <= RULE_TRIGGER; k++) {
        if (strcmp(name, names[k]) == 0) {
            return (enum rule_kind)k;
        }
    }
    return RULE_PROFILE;
}

/* -- the outcome */

static void verdict_text(const struct rule_cfg *cfg, const struct rule_result *r, struct sink *out)
{
    if (cfg->kind == RULE_TRIGGER) {
        sink_z(out, r->chosen ? "the trigger lets the phone resync\n"
                              : "the trigger holds the resync back\n");
    } else if (!r->chosen) {
        sink_z(out, "nothing holds: the rule is passed over\n");
    } else if (!r->has_url) {
        sink_z(out, "nothing is downloaded\n");
    } else if (r->scheme == RULE_GDS) {
        sink_z(out, "the phone asks its user for an activation code\n");
    }
}

static void verdict_json(const struct rule_result *r, struct json *j)
{
    json_kbool(j, "holds", r->chosen);
    json_key(j, "alternative");
    if (r->chosen) {
        json_int(j, (int64_t)r->alternative + 1);
    } else {
        json_null(j);
    }
    json_kstr(j, "url", r->has_url ? r->url : str_of(NULL, 0));
    json_key(j, "assigns");
    json_open(j, '{');
    for (size_t i = 0; i < r->n_assigns; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%.*s", STR_ARG(r->assign[i].name));
        json_kstr(j, name, r->assign[i].value);
    }
    json_close(j, '}');
    json_kbool(j, "key", r->key.p != NULL);
    json_kbool(j, "login", r->uid.p != NULL);
    json_kbool(j, "srv", r->srv);
}

static int told(struct str rule, enum err e, const struct err_at *at)
{
    if (e == ERR_MEMORY) {
        cli_error("no memory");
        return CLI_UNFINISHED;
    }
    size_t from = at->offset < rule.len ? at->offset : rule.len;
    size_t n = rule.len - from < 40 ? rule.len - from : 40;
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    esc_term(&out, str_of(rule.p + from, n));
    cli_error("at byte %zu, '%.*s': %s", at->offset, (int)b.len, b.p ? b.p : "",
              at->what ? at->what : err_name(e));
    buf_clear(&b);
    return CLI_USAGE;
}

static int eval(const struct cli_args *a, struct str rule, struct phone_args *p, struct sink *out)
{
    bool as_json = strcmp(cli_value(a, "output", "text"), "json") == 0;
    struct json j = {.out = out};
    struct show show = {.out = out, .json = as_json ? &j : NULL};
    struct rule_result r;
    struct err_at at;
    struct arena arena;
    const struct rule_cfg cfg = {.kind = kind_of(a),
                                 .values = {rule_phone_get, &p->phone},
                                 .tftp_server = str_z(cli_value(a, "dhcp-server", "")),
                                 .step = on_step,
                                 .step_ctx = &show};
    arena_init(&arena, 0);
    if (as_json) {
        json_init(&j, out, 0);
        json_open(&j, '{');
        json_key(&j, "steps");
        json_open(&j, '[');
    }
    enum err e = rule_eval(rule, &cfg, &arena, &r, &at);
    if (as_json) {
        json_close(&j, ']');
        if (e == ERR_OK) {
            verdict_json(&r, &j);
        }
        json_kz(&j, "error", e == ERR_OK ? NULL : at.what ? at.what : err_name(e));
        json_close(&j, '}');
        sink_char(out, '\n');
    } else if (e == ERR_OK) {
        verdict_text(&cfg, &r, out);
    }
    int code = e == ERR_OK ? CLI_OK : told(rule, e, &at);
    arena_clear(&arena);
    return code;
}

/* A report rule may be two. */
static int eval_all(const struct cli_args *a, struct str rule, struct phone_args *p,
                    struct sink *out)
{
    struct str one, rest = rule;
    int code = CLI_OK;
    if (kind_of(a) != RULE_REPORT) {
        return eval(a, rule, p, out);
    }
    while (code == CLI_OK && rule_report_next(&rest, &one)) {
        code = eval(a, one, p, out);
    }
    return code;
}

static int run(const struct cli_args *a)
{
    static char room[RULE_MOST + 1];
    struct str rule = a->n > 1 ? str_z(a->arg[1]) : STR("");
    const char *file = cli_value(a, "file", NULL);
    struct phone_args p = {0};
    if (strcmp(a->arg[0], "eval") != 0) {
        cli_error("rule knows eval, not '%s'", a->arg[0]);
        return CLI_USAGE;
    }
    if ((a->n == 2) == (file != NULL)) {
        cli_error("rule eval takes one rule, or --file");
        return CLI_USAGE;
    }
    if ((file && !rule_file(file, room, &rule)) || !phone_read(a, &p)) {
        return CLI_USAGE;
    }
    struct out *o = malloc(sizeof *o);
    if (!o) {
        return CLI_UNFINISHED;
    }
    struct sink s = out_init(o, STDOUT_FILENO);
    int code = eval_all(a, rule, &p, &s);
    if (out_flush(o) != ERR_OK) {
        code = CLI_UNFINISHED;
    }
    free(o);
    return code;
}

const struct cli_command rule_command = {
    .name = "rule",
    .args = "eval [RULE]",
    .summary = "What a phone makes of a profile rule, step by step",
    .text = "Evaluates a profile rule (or a report rule, an upgrade rule, a resync trigger) as a "
            "phone\n"
            "does: conditions, macros, assignments, options, the URL in the end. A rule with a "
            "secret in\n"
            "it is given by --file: what stands on a command line, others can see.\n",
    .examples = "  dialtone rule eval '/$PSN.xml' --dhcp-server 192.0.2.20\n"
                "  dialtone rule eval '(\"$A\" ne \"P\")? https://a.example.com/ | /$MA.xml' --set "
                "GPP_A=P\n"
                "  dialtone rule eval --kind trigger '$PRVTMR ge 600' --set PRVTMR=700\n",
    .options = options,
    .least = 1,
    .most = 2,
    .run = run,
};
