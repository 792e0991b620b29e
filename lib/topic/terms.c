#include "topic/terms.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "topic/topic.h"
#include "words/words.h"

enum { CHUNK_MAX = 200 };

/*
 * Beside the English function words of lib/words: what people say around a
 * request, and the function words of other languages that the Latin script is
 * much used for.  As people write them; they are folded like the prompts.
 */
static const char stop_text[] =
    "hi hello hey dear good morning afternoon evening please pls plz thanks "
    "thank thx ok okay yes yeah no nope sure right well so now today still "
    "just really actually maybe also even ever already yet like want wants "
    "wanted wanna need needs needed needing help helping helped get gets "
    "getting got give gives go going gonna let lets know tell show see say "
    "said try trying tried think make makes made do does doing done use using "
    "way thing things something anything someone anyone everything nothing "
    "possible able possibly would could can cannot cant shall should must "
    "might what whats when where which who whose why how much many ill ive "
    "im id youre theres heres thats it its dont doesnt didnt wont isnt arent "
    "wasnt couldnt wouldnt hasnt havent kindly quickly soon asap currently "
    "some any my me i you your we us our mine one two first next new bit lot "
    "there here back out up off question wonder wondering sorry hope look "
    "looking am is are was were be been being has have had this that these "
    "those with without for from into about "
    /* German */
    "der die das den dem des ein eine einen einem einer eines und oder aber "
    "nicht kein keine keinen ich du er sie es wir ihr mich mir dich dir uns "
    "euch ihm ihn ihnen mein meine meinen meinem meiner dein deine deinen "
    "sein seine unser unsere ist sind war waren bin bist habe hast hat haben "
    "hatte werden wird wurde kann kannst konnen konnte konnten muss mussen "
    "soll sollen will willst wollen mochte mochten darf wie was wo wann warum "
    "wer wieso welche welcher welches wohin woher mit ohne fur von vom zu zum "
    "zur bei beim aus auf in im an am um uber unter nach vor seit bis durch "
    "gegen als wenn dass weil damit auch noch schon nur sehr mehr hier dort "
    "da dann jetzt heute bitte danke hallo guten tag morgen gerne mal doch "
    "ja nein es gibt geht mache machen man sich diese dieser dieses diesen "
    "brauche brauchen hilfe helfen "
    /* French */
    "le la les un une des du de et ou mais ne pas je tu il elle nous vous ils "
    "elles on me te se mon ma mes ton ta tes son sa ses notre nos votre vos "
    "leur leurs ce cet cette ces est sont suis es etes etait etre avoir ai as "
    "avons avez ont fait faire peux peut pouvez puis pourrais veux voudrais "
    "dois faut que qui quoi quand comment pourquoi quel quelle quels quelles "
    "dans sur sous avec sans pour par en au aux plus moins tres bien aussi "
    "encore deja bonjour merci svp plait sil oui non est-ce quest cest jai "
    "besoin aide aider "
    /* Spanish */
    "el los las una unos unas y o pero no yo tu ella nosotros ustedes ellos "
    "mi mis su sus nuestro este esta estos estas ese esa eso es son soy estoy "
    "esta estan ser estar he ha han hay hacer hago puedo puede puedes pueden "
    "podria quiero quisiera necesito debo como cuando donde cual cuales quien "
    "por para con sin sobre entre hasta desde del al en lo le les se muy mas "
    "menos tambien ya si hola gracias favor ayuda ayudar que "
    /* Italian, Portuguese, Dutch */
    "gli della delle degli dei nel nella sono sei siamo ho hai abbiamo hanno "
    "posso puo puoi vorrei voglio devo come dove quando perche quale che non "
    "mio mia tuo tua suo per con da di ciao grazie prego aiuto "
    "os as um uma uns umas do dos das no na nos nas ao aos e ou mas nao eu "
    "voce ele ela nos meu minha meus minhas seu sua isso este esta sou estou "
    "tenho tem posso pode quero gostaria preciso como onde quando porque qual "
    "ola obrigado obrigada por favor ajuda ajudar com sem para pelo pela "
    "het een van en of maar niet geen ik jij je hij zij wij jullie mijn jouw "
    "zijn haar ons onze dit dat deze die is ben bent was heb hebt heeft "
    "hebben had kan kunt kunnen wil willen moet moeten hoe wat waar wanneer "
    "waarom wie welke met zonder voor naar bij uit op om over door als ook "
    "nog al alleen erg meer hier daar nu hallo dank bedankt graag alstublieft "
	/* Pairs of characters, Chinese and Japanese. */
    "什么 怎么 怎样 如何 我想 想要 我要 我的 你们 你的 请问 请帮 帮我 可以 能否 "
    "不能 没有 还没 这个 那个 为什 么时 时候 是否 一个 一下 了吗 です ます ませ せん "
    "した して てく くだ ださ さい たい いの えて 教え ので から こと";

static struct map *
stop_map(struct words *w)
{
	struct map *m = map_new();
	struct word x;

	words_begin(w, str_from(stop_text));
	while (words_next(w, &x))
		*map_put(m, x.text) = m;
	return m;
}

struct terms *
terms_new(void)
{
	struct terms *t = mem_zalloc(1, sizeof(*t));

	t->words = words_new();
	t->stops = stop_map(t->words);
	return t;
}

void
terms_free(struct terms *t)
{
	if (!t)
		return;
	words_free(t->words);
	map_free(t->stops, NULL);
	free(t);
}

struct str
terms_head(struct str text)
{
	return str_utf8_prefix(text, TOPIC_TEXT_MAX);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* True for a part of an address: white space around it, @ or :// in it. */
static bool
is_in_address(struct str text, size_t from, size_t to)
{
	struct str chunk;

	while (from > 0 && !is_space(text.p[from - 1]) && to - from < CHUNK_MAX)
		from--;
	while (to < text.n && !is_space(text.p[to]) && to - from < CHUNK_MAX)
		to++;
	chunk = str_of(text.p + from, to - from);
	return str_find_byte(chunk, '@', 0) != SIZE_MAX ||
	    str_find(chunk, STR("://"), 0) != SIZE_MAX;
}

static bool
has_digit(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= '0' && s.p[i] <= '9')
			return true;
	return false;
}

static bool
is_wanted(const struct terms *t, struct str text, const struct word *x)
{
	if (x->text.n < 2 || x->text.n > TERM_BYTES_MAX || x->is_tail)
		return false;
	return !has_digit(x->text) && !words_is_stop(x->text) &&
	    !map_get(t->stops, x->text) && !is_in_address(text, x->from, x->to);
}

void
terms_read(struct terms *t, struct str text)
{
	size_t used = 0, place = 0;
	struct word x;

	text = terms_head(text);
	t->n = 0;
	words_begin(t->words, text);
	while (t->n < TERMS_MAX && words_next(t->words, &x)) {
		place++;
		if (!is_wanted(t, text, &x))
			continue;
		memcpy(t->bytes + used, x.text.p, x.text.n);
		t->v[t->n++] = (struct term){
		    str_of(t->bytes + used, x.text.n), x.from, x.to, place,
		    x.is_unspaced };
		used += x.text.n;
	}
}
