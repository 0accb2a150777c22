/* What the rows of the menus show: texts of what the phone knows; `i` counts those of a row that stands for several. */
#ifndef FLOW_SCREEN_VALUE_H
#define FLOW_SCREEN_VALUE_H

#include "flow/screen/screen.h"

bool has_lease(const struct screen_facts *f);
bool has_no_lease(const struct screen_facts *f);
bool has_server(const struct screen_facts *f);
void value_connection(const struct screen_facts *f, size_t i, struct sink *out);
void value_host(const struct screen_facts *f, size_t i, struct sink *out);
void value_domain(const struct screen_facts *f, size_t i, struct sink *out);
void value_address(const struct screen_facts *f, size_t i, struct sink *out);
void value_mask(const struct screen_facts *f, size_t i, struct sink *out);
void value_router(const struct screen_facts *f, size_t i, struct sink *out);
void value_dhcp_server(const struct screen_facts *f, size_t i, struct sink *out);
size_t count_dns(const struct screen_facts *f);
void label_dns(const struct screen_facts *f, size_t i, struct sink *out);
void value_dns(const struct screen_facts *f, size_t i, struct sink *out);
size_t count_ntp(const struct screen_facts *f);
void label_ntp(const struct screen_facts *f, size_t i, struct sink *out);
void value_ntp(const struct screen_facts *f, size_t i, struct sink *out);
size_t count_tftp(const struct screen_facts *f);
void label_tftp(const struct screen_facts *f, size_t i, struct sink *out);
void value_tftp(const struct screen_facts *f, size_t i, struct sink *out);
void value_product(const struct screen_facts *f, size_t i, struct sink *out);
void value_serial(const struct screen_facts *f, size_t i, struct sink *out);
void value_mac(const struct screen_facts *f, size_t i, struct sink *out);
void value_software(const struct screen_facts *f, size_t i, struct sink *out);
void value_hardware(const struct screen_facts *f, size_t i, struct sink *out);
void value_customization(const struct screen_facts *f, size_t i, struct sink *out);
void value_time(const struct screen_facts *f, size_t i, struct sink *out);
void value_up(const struct screen_facts *f, size_t i, struct sink *out);
size_t count_lines(const struct screen_facts *f);
void label_line(const struct screen_facts *f, size_t i, struct sink *out);
void value_line(const struct screen_facts *f, size_t i, struct sink *out);
size_t count_provisioning(const struct screen_facts *f);
bool has_no_provisioning(const struct screen_facts *f);
void label_provisioning(const struct screen_facts *f, size_t i, struct sink *out);
void value_provisioning(const struct screen_facts *f, size_t i, struct sink *out);
size_t count_reboots(const struct screen_facts *f);
bool has_no_reboots(const struct screen_facts *f);
void label_reboot(const struct screen_facts *f, size_t i, struct sink *out);
void value_reboot(const struct screen_facts *f, size_t i, struct sink *out);
bool has_report(const struct screen_facts *f);
bool has_no_report(const struct screen_facts *f);
void value_report_name(const struct screen_facts *f, size_t i, struct sink *out);
void value_report_date(const struct screen_facts *f, size_t i, struct sink *out);
void value_report_text(const struct screen_facts *f, size_t i, struct sink *out);
void value_report_uploaded(const struct screen_facts *f, size_t i, struct sink *out);
size_t count_problems(const struct screen_facts *f);
void label_problem(const struct screen_facts *f, size_t i, struct sink *out);
bool may_report(const struct screen_facts *f);
bool may_resync(const struct screen_facts *f);

#endif
