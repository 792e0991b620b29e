/* lib/api: custom patterns are made, shown, changed and deleted. */
#include "api_help.h"

static struct api_fixture f;

#define AT(where, want) is_str(api_at(&f, where), want, "%s", where)

static int
post(const char *body)
{
	return api_send(&f, HTTP_POST, "/v1/patterns", f.all, body);
}

static int
patch(const char *slug, const char *body)
{
	char target[200];

	snprintf(target, sizeof(target), "/v1/patterns/%s", slug);
	return api_send(&f, HTTP_PATCH, target, f.all, body);
}

static void
test_create(void)
{
	is_int(post("{\"name\":\"Asks for a refund\",\"description\":\"d\","
	    "\"phrases\":[\"money back\"]}"), 200, "made");
	AT("data/slug", "\"asks-for-a-refund\"");
	AT("data/built_in", "false");
	AT("data/enabled", "false");
	AT("data/definition/phrases/0", "\"money back\"");
	AT("data/definition/role", "\"user\"");
	AT("data/detector", "null");
	is_int(post("{\"name\":\"Asks for a refund\","
	    "\"phrases\":[\"refund\"]}"), 200, "the same name again");
	AT("data/slug", "\"asks-for-a-refund-2\"");
	is_int(post("{\"name\":\"x\",\"slug\":\"asks-for-a-refund\","
	    "\"phrases\":[\"refund\"]}"), 409, "the same slug again");
	AT("error/code", "\"conflict\"");
	AT("error/field", "\"slug\"");
	is_int(post("{\"name\":\"x\",\"slug\":\"refusal\","
	    "\"phrases\":[\"refund\"]}"), 409, "a built-in one's slug");
	is_int(post("{\"name\":\"User frustration\",\"phrases\":[\"a\"]}"),
	    200, "a built-in one's name");
	AT("data/slug", "\"user-frustration-2\"");
	is_int(post("{\"name\":\"x\",\"regexes\":[\"(\"]}"), 400, "refused");
	AT("error/field", "\"regexes[0]\"");
	is_int(post("{\"name\":\"x\",\"typo\":1}"), 400, "refused");
	AT("error/field", "\"typo\"");
	is_int(post("no JSON"), 400, "refused");
	AT("error/field", "\"body\"");
	is_int(api_send(&f, HTTP_POST, "/v1/patterns", f.read,
	    "{\"name\":\"x\",\"phrases\":[\"a\"]}"), 403, "a read key");
}

static void
test_detector(void)
{
	is_int(post("{\"name\":\"Learned\",\"examples\":["
	    "{\"text\":\"cancel my plan\",\"label\":\"positive\"},"
	    "{\"text\":\"cancel the plan now\",\"label\":\"positive\"},"
	    "{\"text\":\"please cancel\",\"label\":\"positive\"},"
	    "{\"text\":\"I cancel it\",\"label\":\"positive\"},"
	    "{\"text\":\"what is the weather\",\"label\":\"negative\"},"
	    "{\"text\":\"track my parcel\",\"label\":\"negative\"},"
	    "{\"text\":\"book a table\",\"label\":\"negative\"},"
	    "{\"text\":\"where is London\",\"label\":\"negative\"}]}"), 200,
	    "made from examples");
	AT("data/detector/positive_examples", "4");
	AT("data/detector/folds", "4");
	AT("data/detector/recall", "1");
	AT("data/enabled", "false");
}

static void
test_change(void)
{
	char body[100];
	const char *s;

	is_int(patch("asks-for-a-refund", "{\"enabled\":true}"), 200,
	    "enabled");
	AT("data/enabled", "true");
	AT("data/description", "\"d\"");
	s = api_at(&f, "data/revision");
	snprintf(body, sizeof(body), "{\"revision\":%s,\"role\":\"any\"}", s);
	is_int(patch("asks-for-a-refund", body), 200, "at its revision");
	AT("data/definition/role", "\"any\"");
	is_int(patch("asks-for-a-refund", body), 409, "at another");
	AT("error/field", "\"revision\"");
	is_int(patch("asks-for-a-refund", "{\"slug\":\"b\"}"), 400, "a slug");
	AT("error/field", "\"slug\"");
	is_int(patch("asks-for-a-refund", "{\"phrases\":[]}"), 400,
	    "nothing left to look for");
	AT("error/field", "\"phrases\"");
	is_int(patch("refusal", "{\"name\":\"x\"}"), 403, "built in");
	is_int(patch("nosuch", "{\"name\":\"x\"}"), 404, "none");
	is_int(api_send(&f, HTTP_DELETE, "/v1/patterns/refusal", f.all, NULL),
	    403, "a built-in one stays");
}

static void
test_list(void)
{
	struct str body;

	is_int(api_get(&f, "/v1/patterns?range=1d"), 200, "list");
	body = api_body(&f);
	ok(str_find(body, STR("\"slug\":\"asks-for-a-refund\",\"name\":"
	    "\"Asks for a refund\",\"description\":\"d\",\"built_in\":false,"
	    "\"enabled\":true,\"conversational_only\":true,\"run_count\":0"),
	    0) != SIZE_MAX, "with custom ones");
	ok(str_find(body, STR("\"slug\":\"refusal\""), 0) != SIZE_MAX,
	    "and built-in ones");
	is_int(api_get(&f, "/v1/patterns/refusal"), 200, "a built-in one");
	AT("data/built_in", "true");
	AT("data/definition", "null");
	is_int(api_get(&f, "/v1/patterns/asks-for-a-refund/runs?range=1d"),
	    200, "runs of one that was not seen");
	is_int(api_get(&f, "/v1/patterns/nosuch"), 404, "none");
	is_int(api_send(&f, HTTP_GET,
	    "/v1/patterns/asks-for-a-refund?source=dev", f.dev, NULL), 404,
	    "not in development");
}

static void
test_delete(void)
{
	is_int(api_send(&f, HTTP_DELETE, "/v1/patterns/asks-for-a-refund",
	    f.all, NULL), 200, "deleted");
	AT("data/deleted", "true");
	is_int(api_get(&f, "/v1/patterns/asks-for-a-refund"), 404, "gone");
	is_int(api_send(&f, HTTP_DELETE, "/v1/patterns/asks-for-a-refund",
	    f.all, NULL), 404, "twice");
	is_int(post("{\"name\":\"Asks for a refund\","
	    "\"phrases\":[\"again\"]}"), 200, "made anew");
	AT("data/slug", "\"asks-for-a-refund\"");
	AT("data/definition/phrases/0", "\"again\"");
	AT("data/description", "null");
	ok(gen_verify(f.kv), "the store is what its events give");
}

static void
test_many(void)
{
	char body[100];
	int made = 0, status = 0;

	for (int i = 0; i < 40 && (i == 0 || status == 200); i++) {
		snprintf(body, sizeof(body),
		    "{\"name\":\"p%d\",\"phrases\":[\"a\"]}", i);
		status = post(body);
		made += status == 200;
	}
	ok(status == 409 && made > 20, "there is a limit: %d more", made);
}

int
main(void)
{
	api_fixture_init(&f);
	test_create();
	test_detector();
	test_change();
	test_list();
	test_delete();
	test_many();
	api_fixture_fini(&f);
	return tap_done();
}
