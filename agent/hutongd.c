/* SPDX-License-Identifier: Apache-2.0 */
/* The agent: options, then the loop. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/config/version.h"
#include "agent/pipeline/agent.h"

static const char help[] =
    "usage: hutongd [-c FILE] [--until-done]\n"
    "\n"
    "Reads what security products emit, normalises and checks it, spools it\n"
    "durably and delivers it with acknowledgements.\n"
    "\n"
    "  -c, --config FILE  configuration (default: " CONFIG_DEFAULT_PATH "\n"
    "                     when it exists, else this host's inventory alone)\n"
    "      --until-done   exit when every input came to its end and all\n"
    "                     outputs have everything\n"
    "      --version      versions of program, data and libraries\n"
    "      --help         this text\n"
    "\n"
    "SIGHUP reads the configuration again and keeps the old one when the new\n"
    "one is wrong. SIGTERM drains and exits. `hutong check FILE` checks a\n"
    "configuration, `hutong status` shows the balance.\n"
    "\n"
    "exit status: 0 stopped in order, 2 usage, 69 unavailable, 78 "
    "configuration\n";

static int
usage_error(const char *what)
{
    (void)fprintf(stderr, "hutongd: %s; see hutongd --help\n", what);
    return 2;
}

/* -1: go on; else exit with this status. */
static int
parse(int argc, char **argv, struct agent_options *o)
{
    enum { OPT_UNTIL_DONE = 256, OPT_VERSION, OPT_HELP };
    static const struct option words[] = {
        {"config", required_argument, NULL, 'c'},
        {"until-done", no_argument, NULL, OPT_UNTIL_DONE},
        {"version", no_argument, NULL, OPT_VERSION},
        {"help", no_argument, NULL, OPT_HELP},
        {NULL, 0, NULL, 0},
    };
    const struct data_options data = {.system_overlays = true};
    int c;

    while ((c = getopt_long(argc, argv, "c:h", words, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->config_path = optarg;
            break;
        case OPT_UNTIL_DONE:
            o->until_done = true;
            break;
        case OPT_VERSION:
            return version_print(&data, false) ? 0 : 78;
        case OPT_HELP:
        case 'h':
            (void)fputs(help, stdout);
            return 0;
        default:
            return usage_error("unknown option");
        }
    }
    if (optind != argc)
        return usage_error("no arguments are taken");
    if (o->config_path == NULL && access(CONFIG_DEFAULT_PATH, F_OK) == 0)
        o->config_path = CONFIG_DEFAULT_PATH;
    return -1;
}

int
main(int argc, char **argv)
{
    struct agent_options o = {0};
    struct agent *a = NULL;
    struct err err = {.code = ERR_OK};
    int status = parse(argc, argv, &o);

    if (status >= 0)
        return status;
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    if (agent_open(&o, &a, &err) != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "%s%s%s", err.where, err.where[0] ? ": " : "",
                 err.msg);
        /* A wrong value in the configuration is no wrong call of hutongd. */
        return err_exit(err.code == ERR_ARG ? ERR_CONFLICT : err.code);
    }
    status = agent_run(a);
    agent_close(a);
    return status;
}
