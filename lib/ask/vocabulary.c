/* What words mean.  Phrases win over words, longer ones over shorter; a
 * plural s is understood. */
#include "ask/words.h"
#include "base/cc.h"

#define SUBJECT(s, words) { WORD_SUBJECT, ASK_##s, NULL, words }
#define MEASURE(m, words) { WORD_MEASURE, ASK_##m, NULL, words }
#define PATTERN(slug, words) { WORD_PATTERN, 0, slug, words }
#define WORDS(kind, value, words) { WORD_##kind, value, NULL, words }

const struct vocabulary vocabulary[] = {
	SUBJECT(RUNS, "run,trace,request,execution,invocation,job,llm call,"
	    "llm request"),
	SUBJECT(TOTALS, "volume,traffic,metric,summary,overview,doing,going,"
	    "status report,happened,happening,everything ok,everything fine,"
	    "performance,state of,all good,unusual,figures,kpi,numbers,"
	    "healthy,health"),
	SUBJECT(TOTALS, "should know,status,morning report"),
	SUBJECT(TOOLS, "tool,function,tool call"),
	SUBJECT(MODELS, "model,llm"),
	SUBJECT(AGENTS, "agent,bot,assistant,chatbot,copilot"),
	SUBJECT(USERS, "user,who,whom,people,person,end user,folk,anyone,"
	    "anybody,somebody,someone,everyone,visitor,member"),
	SUBJECT(ORGS, "customer,client,org,organisation,organization,company,"
	    "companies,tenant,account,workspace,business"),
	SUBJECT(SESSIONS, "session,conversation,chat,thread,dialogue"),
	SUBJECT(PATTERNS, "pattern,signal,behavior,behaviour,"
	    "behavioural signal,behavioral signal,behaviour pattern,"
	    "behavior pattern"),
	SUBJECT(TOPICS, "topic,theme,subject"),
	SUBJECT(FEEDBACK, "feedback,thumb,rating,satisfaction,csat,nps,review,"
	    "reaction"),
	SUBJECT(INSIGHTS, "insight,recap,weekly recap,weekly insight,"
	    "weekly report"),

	WORDS(FAIL, FAIL_ERROR, "error,err,llm error"),
	WORDS(FAIL, FAIL_FAILURE, "failure pattern,error pattern,failure,"
	    "exception,problem,issue,bug,error message,error group,incident,"
	    "outage,trouble,glitch"),
	WORDS(FAIL, FAIL_VERB, "fail,failed,failing,erroring,errored,crash,"
	    "crashes,crashed,crashing,broke,broken,break,breaking,wrong,"
	    "bad outcome,bad,unreliable,unsuccessful,throw,blew up,died,"
	    "not working,misbehave,misbehaving,malfunction,errored out,"
	    "fell over,off the rails"),
	WORDS(FAIL_TEXT, 0, "timeout,timed out,time out,rate limit,"
	    "rate limited,connection refused,connection reset,"
	    "permission denied,unauthorized,forbidden,out of memory,"
	    "overloaded,429s,500s,502s,503s,5xx,4xx"),
	WORDS(FAIL, FAIL_TOOL_CALL, "failed tool call,tool error,tool failure,"
	    "tool calls failed,tool call failed,failing tool call,"
	    "tool calls fail"),

	MEASURE(COST, "cost,costing,spend,spent,spending,money,bill,billed,"
	    "price,dollar,usd,pay,paid,budget,charge,charged,expense,"
	    "expenditure,cash,llm cost,llm spend,llm bill,model cost,"
	    "token cost"),
	MEASURE(ERROR_RATE, "success rate,success ratio,rate of success"),
	MEASURE(COST_PER_RUN, "cost per run,cost per request,price per run,"
	    "cost per trace"),
	MEASURE(TOKENS, "token,token usage,token count,token consumption"),
	MEASURE(TOKENS_PER_RUN, "tokens per run,token per run,"
	    "tokens per request,tokens per trace"),
	MEASURE(INPUT_TOKENS, "input token,prompt token"),
	MEASURE(OUTPUT_TOKENS, "output token,completion token"),
	MEASURE(LATENCY, "latency,latencies,duration,speed,long,take,took,"
	    "response time,run time,runtime,turnaround,delay,length,lag,wait,"
	    "execution time,processing time,how fast,how slow,how long,"
	    "how quick"),
	MEASURE(FIRST_TOKEN, "time to first token,ttft,first token"),
	MEASURE(RUNS_PER_USER, "runs per user,requests per user,run per user"),
	MEASURE(TOOL_CALLS, "how many tool calls,number of tool calls,"
	    "count of tool calls"),
	MEASURE(TOOL_CALLS_PER_RUN, "tool calls per run,tools per run,"
	    "tool calls per request"),
	MEASURE(COUNT, "used,use,usage,popular,active,busy,called,call,often,"
	    "ran,heavy,frequently used,frequency,frequently called"),

	WORDS(STATISTIC, STAT_AVERAGE, "average,avg,mean,typical,typically,"
	    "on average"),
	WORDS(STATISTIC, STAT_P50, "median,p50"),
	WORDS(STATISTIC, STAT_P95, "p95,95th percentile,tail"),
	WORDS(STATISTIC, STAT_P99, "p99,99th percentile"),
	WORDS(STATISTIC, STAT_TOTAL, "total,in total,altogether,overall,sum"),

	WORDS(EXTREME, ASK_COST, "expensive,most expensive,priciest,pricey,"
	    "costliest,costly"),
	WORDS(EXTREME, ASK_LATENCY, "slow,slowest,longest,most time,sluggish,"
	    "laggy,bottleneck"),
	WORDS(EXTREME, ASK_COUNT, "busiest,heaviest,chattiest,noisiest,"
	    "most used,most active,most popular"),
	WORDS(EXTREME, ASK_ERRORS, "buggiest,flakiest,flaky,least successful"),
	WORDS(EXTREME_LEAST, ASK_COST, "cheap,cheapest,least expensive"),
	WORDS(EXTREME_LEAST, ASK_LATENCY, "fast,fastest,quickest,shortest"),
	WORDS(EXTREME_LEAST, ASK_ERROR_RATE, "reliable,most reliable,"
	    "most stable,stable,best,best performing,top performing,"
	    "healthiest"),
	WORDS(EXTREME, ASK_ERROR_RATE, "least reliable,most unreliable,worst,"
	    "worst performing,worst behaved"),
	WORDS(EXTREME_LEAST, ASK_COUNT, "least used,least popular,"
	    "least active,rarest"),
	WORDS(EXTREME_LEAST, ASK_NEWEST, "oldest,earliest"),

	WORDS(CHANGE, ASK_COST, "more expensive,costlier,pricier"),
	WORDS(CHANGE, ASK_LATENCY, "slower,longer,slowed,slowed down,"
	    "slowing down"),
	WORDS(CHANGE_LEAST, ASK_COST, "cheaper,less expensive"),
	WORDS(CHANGE_LEAST, ASK_LATENCY, "faster,quicker,shorter,sped up"),
	WORDS(CHANGE_LEAST, ASK_ERROR_RATE, "more reliable,more stable"),
	WORDS(CHANGE, ASK_ERROR_RATE, "less reliable"),
	WORDS(CHANGE, ASK_MEASURES, "change,changed,changing,rose,rise,risen,"
	    "rising,increase,increased,increasing,grew,grow,growing,worse,"
	    "went up,gone up,go up,going up,jump,jumped,spike,spiked,surge,"
	    "difference,differ,degrade,degraded,double,doubled,climb,climbed,"
	    "climbing,is up,are up,up from,trending up,ramped up,soared,"
	    "skyrocketed,exploded,uptick,growth,worsened,worsening,"
	    "deteriorated,getting more,becoming more,got more,get more,move,"
	    "moved"),
	WORDS(CHANGE_LEAST, ASK_MEASURES, "decrease,decreased,decreasing,drop,"
	    "dropped,dropping,fell,fall,fallen,falling,better,went down,"
	    "go down,gone down,going down,improve,improved,shrink,shrinking,"
	    "declining,declined,decline,sank,is down,are down,down from,"
	    "trending down,plummeted,halved,reduced,reduction,getting less,"
	    "becoming less,got less"),

	WORDS(MOST, 0, "most,top,highest,common,most common,frequent,"
	    "most frequent,frequently,most often,biggest,largest,main,"
	    "more than others,maximum,max,greatest,descending"),
	WORDS(LEAST, 0, "never"),
	WORDS(LEAST, 0, "least,lowest,fewest,smallest,bottom,minimum,min,"
	    "least common,least frequent,ascending"),

	PATTERN("user-frustration", "frustrated,frustration,frustrating,"
	    "frustrate,angry,anger,annoyed,annoying,unhappy,dissatisfied,"
	    "upset,mad,irritated,irritation,fed up,dissatisfaction,"
	    "negative sentiment,disappointed,disappointment,impatient,"
	    "complain,complained,complaining,complaint,furious"),
	PATTERN("user-confusion", "confused,confusion,confusing,confuse,lost,"
	    "puzzled,baffled,misunderstood,misunderstanding,"
	    "did not understand,didn't understand"),
	PATTERN("task-failure-reported", "task failure,failed task,not solved,"
	    "unsolved,not done,not completed,task failed,reported failure,"
	    "said it failed,task not done"),
	PATTERN("user-repeats-request", "repeat,repeated,repeating,"
	    "repeat themselves,repeated themselves,ask again,asked again,"
	    "same question,rephrased,asked twice,ask twice"),
	PATTERN("user-corrects-agent", "corrected,correct,correction,"
	    "correcting,corrects"),
	PATTERN("user-praises", "praise,praised,praising,happy,thanked,"
	    "thankful,grateful,happier,happiest,said thanks,say thanks,"
	    "said thank,thank,delighted,satisfied,pleased,complimented,"
	    "compliment,positive sentiment"),
	PATTERN("refusal", "refusal,refuse,refused,refusing,refuse to help,"
	    "refused to help,refused to answer,refuse to answer,declined to,"
	    "decline to,declined to help,unable to help,would not help,"
	    "turned down"),
	PATTERN("tool-loop", "loop,looping,looped,stuck,twice,same argument,"
	    "same args,twice with the same argument,twice with the same args,"
	    "again with the same args,again with the same argument,"
	    "called again with the same args,called twice,"
	    "called twice with the same argument,"
	    "called twice with the same args,same parameter,"
	    "called again with the same argument,tool loop,over and over,"
	    "identical input,identical argument,same input,"
	    "more than once with identical input,"
	    "more than once with the same argument,repeatedly called,"
	    "called repeatedly,infinite loop,duplicate call,"
	    "duplicate tool call"),
	PATTERN("tool-error-ignored", "swallowed,silent,silently,"
	    "tool error ignored,tool error was ignored,ignored tool error,"
	    "ignored a tool error,error was ignored,errors were ignored,"
	    "silent failure,tool errors were ignored,swallowed error"),
	PATTERN("ungrounded-answer", "hallucination,hallucinated,"
	    "hallucinating,hallucinate,ungrounded,made up,made things up,"
	    "making things up,invented,ungrounded answer,fabricated,fabricate,"
	    "fabrication,fabricating,not grounded"),
	PATTERN("empty-or-truncated-answer", "empty,truncated,empty answer,"
	    "truncated answer,empty response,truncated response,cut off,"
	    "blank answer,no answer,blank response,no response,cut short,"
	    "incomplete answer,incomplete response"),
	PATTERN("any", "flagged,become evals,evals,worth evaluating"),

	WORDS(STATE, ASK_NEW, "new,first seen,newly seen,emerging,brand new,"
	    "never seen before"),
	WORDS(STATE, ASK_REGRESSED, "regression,regressed,came back,come back,"
	    "reappeared,returned,reopened,resurfaced,recurred,regress"),
	WORDS(STATE, ASK_ACTIVE, "unresolved,open,still open,active failure,"
	    "not resolved,unfixed"),
	WORDS(STATE, ASK_RESOLVED, "resolved,fixed,closed,patched"),
	WORDS(STATE, ASK_IGNORED, "ignored,muted,silenced,snoozed"),
	WORDS(STATUS, ASK_OK, "successful,succeeded,successfully,"
	    "without error,without errors,without failure,error free,"
	    "without failing,went well,completed,succeed"),

	WORDS(THUMBS, 1, "thumbs up,thumb up,positive feedback,upvote,"
	    "good feedback,positive rating,liked"),
	WORDS(THUMBS, -1, "thumbs down,thumb down,negative feedback,downvote,"
	    "bad feedback,negative rating,bad rating,disliked"),

	WORDS(GROUP, ASK_BY_HOUR, "hourly,per hour,by hour,by the hour,"
	    "each hour,every hour,which hour,what hour,what time of day"),
	WORDS(GROUP, ASK_BY_DAY, "daily,per day,by day,each day,every day,"
	    "which day,what day,day by day,trend,trending,over time,develop,"
	    "developed,development,evolve,evolved,evolution,timeline,history,"
	    "time series,plot,chart,graph"),
	WORDS(GROUP, ASK_BY_WEEK, "weekly,per week,by week,each week,"
	    "every week,week by week,which week,what week"),
	WORDS(GROUP, ASK_BY_MONTH, "monthly,per month,by month,each month,"
	    "every month,month by month,which month,what month"),

	WORDS(COMPARE, 0, "compare,compared,comparison,versus,vs,comparing,"
	    "the day before,the week before,the month before,previous period,"
	    "period before,against,than before"),
	WORDS(WHY, 0, "why,how come,explain,what caused,reason,because of,"
	    "what explains,what drove,root cause,behind the,driving,drives,"
	    "driver of,causing,what is behind,account for"),
	WORDS(RATE, 0, "rate,share,percentage,ratio,percent,proportion,"
	    "fraction,how likely,%"),
	WORDS(RECENT, 0, "recent,most recent,latest,newest,last"),
	WORDS(LIST, 0, "show,show me,list,find,recent,most recent,latest,"
	    "newest,last,first,give me,get me,display,see,look at,pull up,"
	    "bring up,fetch,enumerate,search for,look for,searching for"),
	WORDS(WHICH, 0, "which,wich,what,whats,what's,any,anything"),
	WORDS(HOW_MANY, 0, "how many,number of,count of,count,how often,"
	    "how many different,how many distinct,how many unique,amount of,"
	    "count of distinct,count of different,count of unique,"
	    "number of distinct,number of different,number of unique"),
	WORDS(PER, 0, "by,per,each,every,for every,grouped by,"
	    "broken down into,split by,broken down by,for each,for every,"
	    "across"),
	WORDS(NOT, 0, "excluding,exclude,except,except for,without,not from,"
	    "not by,not of,not in,not for,other than,besides,ignoring,"
	    "apart from,but not,not,leaving out,minus,non,isn't,are not from,"
	    "aren't,outside of,everything except,everything but,all but,"
	    "leave out"),
	WORDS(MORE, ASK_MEASURES, "more than,over,above,greater than,at least,"
	    "exceeding,exceeded,beyond,bigger than,higher than"),
	WORDS(MORE, ASK_LATENCY, "longer than,slower than"),
	WORDS(MORE, ASK_COST, "more expensive than,costlier than"),
	WORDS(LESS, ASK_MEASURES, "less than,under,below,fewer than,at most,"
	    "lower than,smaller than"),
	WORDS(LESS, ASK_LATENCY, "shorter than,faster than,quicker than"),
	WORDS(LESS, ASK_COST, "cheaper than,less expensive than"),

	WORDS(ABOUT, 0, "ask for,asked for,asking for,asks for,with code,"
	    "with status code,with message"),
	WORDS(ABOUT, 0, "about,mention,mentioned,mentioning,contain,contained,"
	    "containing,say,said,saying,regarding,concerning,related to,"
	    "matching,with the word,with the words,with the phrase,"
	    "with the text,talk about,mention of,any mention of,bring up,"
	    "brought up,refer to,referring to,involving,search for,look for,"
	    "searching for"),
	WORDS(ASK, 0, "struggling with,struggle with,having trouble with"),
	WORDS(ASK, 0, "ask,asked,asking,talk,talked,talking,wrote,write in,"
	    "question,want to know,wanted to know,discuss"),
	WORDS(IN, ASK_IN_PROMPT, "in the prompt,in their message,"
	    "in the message,in prompts,in the question,in the input,"
	    "user message"),
	WORDS(IN, ASK_IN_RESPONSE, "in the response,in the answer,"
	    "in the reply,in its answer,in responses,in answers,in the output,"
	    "agent said,bot said,agent answered,response contain,"
	    "answer contain,response mention,agent replied,assistant said"),
	WORDS(IN, ASK_IN_TOOL, "in the arguments,in tool results,"
	    "in the tool result,in tool arguments,in the args"),
	WORDS(IN, ASK_IN_ERROR, "in the error,in the error message"),

	WORDS(ORDER, 0, "delete,remove,restart,stop,write,send,email,"
	    "translate,create,make,fix,resolve,install,deploy,kill,drop,reset,"
	    "disable,enable,turn,set,update,change,open,close,buy,book,call,"
	    "tell a joke,play,order,cancel,notify,generate,ping,schedule,"
	    "configure,add,rename,move,mute,ignore"),
	WORDS(POLITE, 0, "please,can you,could you,would you,will you,"
	    "i want you to,kindly,hey,hi,can we,could we,let's,i need you to,"
	    "you should,just"),
	WORDS(FUTURE, 0, "tomorrow,next month,next week,next year,"
	    "next quarter,next day,will,forecast,predict,prediction,projected,"
	    "projection,going to,future,expect"),

	WORDS(STOP, 0, "a,an,the,all,also,and,are,as,at,be,been,being,between,"
	    "but,can,could,creating,cause,day,hour,did,do,does,during,for,"
	    "from,get,given,go,got,had,happen,has,have,having,hit,how,hows,"
	    "how's,i,i'd,i'm,in,into,is,it,its,kind,less,like,look,made,make,"
	    "making,me,month,more,much,my,of,on,only,or,our,out,outcome,"
	    "please,prod,production,quick,re,report,reported,s,same,seen,"
	    "should,some,t,tell,that,their,them,there,these,they,this,those,"
	    "to,type,up,us,was,we,week,weeks,went,were,when,where,while,with,"
	    "within,would,year,you,your,so,far,had to,need,needed,know,want,d,"
	    "m,ll,ve,just,ever,than,then,end,ends,ending,both,answer,response,"
	    "reply,prompt,message,call,calls,called,now,here,if,not,help,"
	    "cause,blame,data,our own,much,many,different,distinct,unique,"
	    "others,other,one,been,still,during,via,using,run on,compared to,"
	    "time,times,am,through,lately,let,need to,by far,really,actually,"
	    "currently,total of,system,thing,things,stuff,us,ones,period,"
	    "value"),
};
const size_t vocabulary_rows = ARRAY_LEN(vocabulary);

/* The longest phrase at i; rows further up win among equals. */
static size_t
longest_at(const struct words *w, size_t i, const struct vocabulary **row,
    bool *is_plural)
{
	size_t best = 0;

	for (size_t k = 0; k < ARRAY_LEN(vocabulary); k++) {
		struct str rest = str_from(vocabulary[k].phrases);

		while (rest.p) {
			struct str phrase = str_cut(&rest, ',');
			bool plural;
			size_t n = phrase.p[0] == w->v[i].low[0] ?
			    words_match(w, i, phrase, &plural) : 0;

			if (n <= best)
				continue;
			best = n;
			*row = &vocabulary[k];
			*is_plural = plural;
		}
	}
	return best;
}

void
words_vocabulary(struct words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct vocabulary *row = NULL;
		struct word *x = &w->v[i];
		bool is_plural;
		size_t n;

		if (x->kind != WORD_UNKNOWN)
			continue;
		n = longest_at(w, i, &row, &is_plural);
		if (n == 0)
			continue;
		x->kind = row->kind;
		x->length = n;
		x->value = row->value;
		x->slug = row->slug;
		x->is_plural = is_plural || row->kind != WORD_SUBJECT ||
		    words_are(w, i, "people");
		words_take(w, i + 1, n - 1);
		i += n - 1;
	}
}
