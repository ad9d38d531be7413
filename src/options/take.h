/* SPDX-License-Identifier: ISC */
/* take.h: what the options do with their arguments: the functions that the rows of table.c name. */
#ifndef CULVERT_OPTIONS_TAKE_H
#define CULVERT_OPTIONS_TAKE_H

#include "options/table.h"

/* Each is a take of struct option_row. */
typedef const char *option_take(const struct option_row *row, struct options *options,
				char *argument);

/* The field at row->where of struct options: a bool, a text, milliseconds from seconds. */
option_take take_flag;
option_take take_format;
option_take take_json;
option_take take_text;
option_take take_server_name;
option_take take_seconds;
option_take take_seconds_or_never; /* 0 is "never", which is -1 in the field */

/* The same in struct hop_options of the latest -x, or of all hops when there is none yet. */
option_take take_hop_flag;
option_take take_hop_text;
option_take take_hop_server_name;

/* row->where is a set of schemes, or an enum command. */
option_take take_schemes;
option_take take_command;

/* Those with a way of their own. */
option_take take_allow;
option_take take_allow_user;
option_take take_auth;
option_take take_config;
option_take take_count;
option_take take_header;
option_take take_ipv4;
option_take take_ipv6;
option_take take_jobs;
option_take take_keepalive;
option_take take_listen; /* row->where: it is -D */
option_take take_max_tunnels;
option_take take_netrc_file;
option_take take_no_proxy;
option_take take_no_shutdown;
option_take take_or;
option_take take_or_on;
option_take take_password_fd;
option_take take_protocol;
option_take take_proxy;
option_take take_quit;
option_take take_shutdown;
option_take take_socks;
option_take take_shutdown_after;
option_take take_user;
option_take take_user_agent;
option_take take_verbose;

#endif
