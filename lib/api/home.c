/* What a person with a browser sees first. */
#include "api/call.h"
#include "base/version.h"

static const char page[] =
    "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
    "<meta name=viewport content=\"width=device-width\">\n"
    "<title>weir</title>\n"
    "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44em;"
    "margin:3em auto;padding:0 1em}code,pre{background:#f3f3f3}"
    "pre{padding:1em;overflow:auto}</style>\n"
    "<h1>weir " WEIR_VERSION "</h1>\n"
    "<p>Runs of your agents come in here, and answers about them go out.\n"
    "<ul>\n"
    "<li><a href=/openapi.json>/openapi.json</a>: every endpoint, its "
    "parameters and what it answers\n"
    "<li><a href=/health>/health</a>, <a href=/ready>/ready</a>\n"
    "</ul>\n"
    "<p>Send, with an ingest key:\n"
    "<pre>weir key create --data DIR --project demo --for tcc "
    "--scope ingest --env prod\n"
    "export TCC_API_KEY=&hellip; TCC_BASE_URL=http://THIS-HOST</pre>\n"
    "<p>Read, with a read key:\n"
    "<pre>weir key create --data DIR --project demo --for tcc "
    "--scope read --env prod\n"
    "curl -H 'Authorization: Bearer &hellip;' "
    "'http://THIS-HOST/v1/runs?source=prod&amp;range=1d'</pre>\n"
    "<p>Nothing in a list yet? Then no run of its time range has come in: "
    "try <code>range=2M</code>,\nor <code>source=dev</code> if the key "
    "that sent them was for development.\n";

int
home_get(struct api_call *c, struct err *e)
{
	(void)e;
	http_respond_fixed(c->response, 200, "text/html; charset=utf-8",
	    str_of(page, sizeof(page) - 1));
	return 0;
}
