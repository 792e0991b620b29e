#include <stdlib.h>

#include "base/cc.h"
#include "words/words.h"

/*
 * Function words as words_next gives them (stemmed, without apostrophes):
 * articles, prepositions, pronouns, auxiliaries, question words; no verb,
 * noun or adjective that a question could be about.  Sorted.
 */
static const char *const stops[] = { "a", "about", "abov", "after", "again",
	"all", "also", "am", "an", "and", "ani", "are", "arent", "as", "at",
	"be", "becaus", "been", "befor", "below", "between", "both", "but",
	"by", "can", "cannot", "cant", "could", "couldnt", "did", "didnt",
	"do", "doe", "doesnt", "don", "dont", "down", "dure", "each", "few",
	"for", "from", "further", "had", "hadnt", "has", "hasnt", "have",
	"havent", "he", "her", "here", "herself", "hes", "him", "himself",
	"his", "how", "i", "id", "if", "ill", "im", "in", "into", "is", "isnt",
	"it", "its", "itself", "ive", "just", "let", "may", "me", "might",
	"more", "most", "much", "must", "my", "myself", "no", "nor", "not",
	"of", "off", "on", "onli", "onto", "or", "other", "our", "ourselv",
	"out", "over", "own", "same", "shall", "she", "should", "so", "some",
	"such", "than", "that", "the", "their", "them", "themselv", "then",
	"there", "these", "they", "this", "those", "through", "to", "too",
	"under", "until", "up", "upon", "us", "veri", "was", "wasnt", "we",
	"were", "what", "when", "where", "whether", "whi", "which", "while",
	"who", "whom", "whose", "will", "with", "within", "without", "wont",
	"would", "you", "your", "yourself", "yourselv" };

static int
compare(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a,
	    str_from(*(const char *const *)b));
}

bool
words_is_stop(struct str word)
{
	return bsearch(&word, stops, ARRAY_LEN(stops), sizeof(*stops),
	    compare) != NULL;
}
