"""The words that prompts are sorted by, and the words of other trades that rule them out."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache
def _pattern(words: str) -> re.Pattern[str]:
    alternatives = "|".join(re.split(r" *\n *|  +", words.strip()))
    return re.compile(rf"\b(?:{alternatives})\b")


def find(words: str, text: str, start: int = 0) -> re.Match[str] | None:
    """The first of `words`, whole, in `text`; two spaces or a new line stand between words.

    A table is compiled when it is first asked: all of them together cost 7 ms.
    """
    return _pattern(words).search(text, start)


# Something is to be decided.
DECISION = r"""
    should  which  best  better  good  optimal  ideal  right  reasonable  sensible  recommend\w*
    suggest\w*  advi[cs]e  choos\w+  pick\w*  set(?:ting)? (?:up|the|my|a)  tun(?:e|ed|ing)  vs
    versus  compar\w+  instead of  worth  enough  switch\w*  increase  decrease  raised?  lower
    lowered  too (?:high|low|large|small|big|long|short|aggressive)
    how (?:many|much|big|large|long|far|high|small|low|often|do|does|can|would|to)
    what (?:\w+ ){0,3}?(?:do|for|works?|values?|range|rank)  need(?:s|ed)?  require[sd]?  fits?
    can (?:i|we)  does it  is it  do i  do we  makes? sense  rule of thumb  trade-?offs?
    difference  is (?:that|this)  \d\S* or \d\S*  memory  vram  \w+ or \w+  sane
    """
ASKED = (
    r"\?|^\W*(?:(?:hey|hi|hello|so|ok|okay|and|but|also|quick question|question)\W+)*"
    r"(?:is|are|would|could|does|do|will|when|how|which|what|should|can (?!you\b)\w+)\b"
    r"|\b(?:give me|help me|i need|we need|any ideas?|recommendations?|suggestions?)\b"
)
# To be done to code, not to be decided; or a question about the word.
TASK = (
    r"\s*(?:(?:please|can you|could you|now|just) )?(?:"
    r"(?:rename|document|refactor|remove|delete|plot|print|format|lint|type|merge|rebase|commit)\b"
    r"|(?:push|revert|move|log|define|translate|describe|summari[sz]e|start|launch|run|resume)\b"
    r"|(?:restart|continue|kick off|stop|kill)\b|explain\b(?! (?:why|which|how to choose))"
    r"|which (?:branch|file|commit|function|line|module|version)\b"
    r"|what does \S+ mean|where (?:is|are|do)\b|(?:show|find)\b|which file"
    r"|(?:unit |integration )?tests? (?:for|of)\b"
    r"|what(?:'s| is| are) (?:an? |the )?(?:[\w-]+ ?){1,3}\?*\s*$"
    r"|(?:write|add|run|update|fix) (?:\w+ ){0,3}?(?:tests?|docs?|docstrings?|comments?|readme)"
    r"|(?:increase|decrease|raise|lower|reduce|double|halve|set|change|use|switch|add|make)\b"
    r"(?!.*\?))"
)
BEST = r"""
    best  good  right  optimal  ideal  my  our  recommended  reasonable  sensible
    """

TUNING = r"""
    q-?lora  rs-?lora  forget\w*[^.?!]{0,60}fine-?tun\w+  fine-?tun\w+[^.?!]{0,60}forget\w*
      lora(?!wan)  peft  dora  rlhf  rlaif  rlvr  dpo  grpo  orpo  simpo
    reward model\w*  sft  instruction[- ]tun\w+  preference (?:data|tuning|optimi[sz]ation|pairs)
    adapters?(?= rank)  catastrophic(?:ally)? forget\w*  full fine-?tun\w+
    (?:adapt|speciali[sz]e|customi[sz]e) (?:an? |the |my )?(?:\d+b|llm|llama|qwen|mistral)
    fine-?tun\w+ (?:\w+ ){0,3}?(?:llama|mistral|qwen|gemma|phi|llm|7b|8b|13b|70b)
    fine-?tun\w+ (?:\w+ ){0,3}?(?:bert|roberta|t5|whisper|clip|language model)
    """
USED = r"""
    fine-?tun\w+  (?:with|using|via|for|on) (?:q-?lora|lora|dpo|grpo|rlhf|peft)
    """
NOT_TUNING = r"""
    gateways?  sensors?  antennas?  radios?  mhz  868  915  sx12\d\d  meshtastic  gdpr  privacy
    data protection  officer  legal  compliance  days payable
    """
SCALING = r"""
    scaling[- ](?:laws?|exponents?|study|experiments?|curves?)
    chinchilla[- ](?:optimal|ratio|law\w*|scaling|paper|style|rule|point)
    chinchilla (?:say\w*|would|suggest\w*|recommend\w*|fit)
    (?:by|per|past|beyond|to|follow\w*|than|of) chinchilla  compute[- ]optimal\w*  iso-?flops?
    (?:compute|flops?) budget  tokens (?:per|to) param\w*
    tokens?[- /](?:param\w*|per[- ]param\w*)(?: ratio)?  mup  µp  overtrain\w*
    over-train\w* (?:past|beyond|a|the|our|my)
    how (?:big|large)(?: an?| of an?| should)? (?:\w+ ){0,3}?(?:model|network|transformer)
    what size(?: an?| of an?| should)? (?:\w+ ){0,3}?(?:model|network|transformer)
    \d+(?:\.\d+)?[bm] (?:params?|parameters)  \d+ params
    (?:model|several|different) sizes  optimal n  l\(n, ?d  c ?= ?\d+e\d+  under-?trained
    \d+(?:\.\d+)?[bt] tokens  (?:data|tokens) or (?:more )?(?:parameters|params)
    model size  (?:bigger|larger|smaller) model
    scal(?:e|ing) (?:\w+ ){0,3}?(?:model|parameters|params|transformer|pre-?training)(?: up)?
    (?:how many|enough|more) (?:training )?(?:tokens|parameters|params)
    parameters? (?:vs|versus|and|or) (?:tokens|data)  \d+(?:\.\d+)?e\d\d flops?
    emergent abilit\w+
    """
ALONE_SCALING = r"""
    scaling laws?  compute[- ]optimal\w*  iso-?flops?  chinchilla  tokens (?:per|to) param\w*
    """
NOT_SCALING = r"""
    prompts?  messages?  strings?  files?  documents?  functions?  methods?  endpoints?
    arguments?  download  kubernetes  k8s  pods?  auto-?scal\w+
    replicas?  server\w*  ec2  lambda  load balancer
    standard ?scaler  min-?max  feature scaling  font  images?  pixels?  svg  css  jwt  auth\w*
    api  access tokens?  csrf  pet  cage  tailwind  url  query  django  sql
    users  context window  max_tokens  openai
    """
RATE = r"""
    learning[- ]rates?  peak lr  lrs?  lr_\w+  step size  adamw?  adam-?w  nadam  radam  sgd
    rmsprop  adagrad  adafactor  lamb  lion optimi[sz]er  muon  soap optimi[sz]er  shampoo
    schedule-?free  optimi[sz]ers?  warm(?:ing)?-?[ ]?up  weight[ _-]decay
    (?:lr|cosine|linear|one-?cycle|wsd|step) (?:\w+ )?(?:schedul\w+|decay|anneal\w+)
    (?:exponential|decay|rate|learning) (?:\w+ )?(?:schedul\w+|decay|anneal\w+)
    wsd  cosine (?:and|or|vs)  clip\w* (?:the )?(?:gradients?|grads?)  cool-?down phase  annealing
    (?:global |effective |micro ?)?batch[- ]?size  beta_?[12]  betas
    nesterov  momentum  (?:gradient|grad|norm)[- ]clip\w*
    clip(?:ping)?[ _](?:norm|value|threshold)  max_grad_norm  (?:gradient )?accumulation steps
    hyper-?parameters?  one-?cycle  schedulers?(?= (?:is|for|should|works?|do))
    """
NOT_RATE = r"""
    sql  query  queries  planner  database  postgres  mysql  webpack  bundl\w+
    images?(?! (?:model|classif))  seo  route  cache  jvm  cold start  lambda  servers?
    exercis\w+  gym session  muscles?  emails?  kafka  inserts?  requests?  jobs?  cron  meeting
    calendar  bus  flight  price  stock  market  interest  exchange  conversion  compiler  gcc
    llvm  cart  sprint  physics  detector  particle  django  react  css  video  animation  rust
    http  apps?  repetition  api  newsletter  orders?  variables?  name  flags?  arguments?  typo
    imports?  renders?
    """
WRITE = r"""
    re-?implement\w*  implement\w*  build  writ(?:e|ing)  creat(?:e|ing)  code up  port
    reproduc\w+  replicat\w+  design  develop  put together  turn  set up  scaffold
    (?:add|make|need|want)(?: me)? an?  translate  convert
    """
MADE = r"""
    architectures?  (?:this|the|that|a|following) (?:\w+ ){0,3}?paper  arxiv[\w:./ ]*
    (?:training|train|pre-?training|fine-?tuning) (?:pipelines?|loops?|scripts?|framework|harness)
    (?:training|train|pre-?training|fine-?tuning) (?:set-?up|code)
    (?:ml|machine[- ]learning|deep[- ]learning) (?:pipelines?|loops?|scripts?|framework|code)
    data ?loading pipeline
    (?:vision |swin |decoder-only |encoder-only |small |tiny )?transformers?(?! library)  vit
    res-?net\w*  u-?net  (?:nano|mini)?-?gpt(?:-?2)?  bert  mamba  mixture[- ]of[- ]experts  moe
    diffusion model  ddpm  vq-?vae  vae  auto-?encoder  gan  lstm  gru  cnn  conv-?net
    convolutional (?:network|net)  gnn  graph neural net\w*  mlp  neural net(?:work)?s?
    attention (?:layer|block|module|mechanism)
    (?:multi-?head|cross|self|flash|grouped-?query)[- ](?:head )?attention  rotary embeddings?
    \S+ attention(?! to)  lightning module  (?:training|ml|pytorch) project  pytorch m\w+
    rope  kv[- ]cache  siamese network  classifier
    """
NOT_MADE = r"""
    login  form  front-?end  react  vue  css  html  button  page  website  rest api  endpoint
    database  sql  ci  github actions  jenkins  airflow  deploy\w*  docker\w*  kubernetes  chatgpt
    openai  microservice\w*  software architecture  event-?driven  readme  slides?  blog  essay
    summary  unit tests?  tests? for  newspaper  wallpaper  toilet  class diagram
    """
FAST = (
    r"\b(?:improve|speed(?:ing)? up|accelerat\w+|faster|reduc\w+|optimi[sz]\w+|lower|cut|slow|halve"
    r"|quanti[sz]\w+|compile|latency|throughput)\b[^.!?\n]{0,50}"
    r"\b(?:inference|model latency|serving the model|forward pass|generation speed|decoding"
    r"|tokens? per second|prediction time|predictions?)\b"
    r"|\b(?:inference|forward pass|decoding|generation)\b[^.!?\n]{0,40}"
    r"\b(?:faster|slow|speed\w*|latency|throughput|too long|quicker|ms|real[- ]time)\b"
    r"|\b\d+(?:\.\d+)? ?ms\b[^.!?\n]{0,40}\binference\b"
)
NOT_FAST = r"""
    type inference  typescript  sql  video  pdf  codec  json  ssr  page
    """

HANDED_OVER = r"""
    root[- ]causes?  post[- ]?mortem  whole case  full case  complete case  case file
    hand(?:ing|ed)? (?:\w+ ){0,2}over  full (?:analysis|diagnosis|report|investigation)
    thorough(?:ly)?  in depth  deep dive  end[- ]to[- ]end  as json  json report
    ml-training-debugger  without asking  no questions
    """
MATERIAL = (
    r"logs?  metrics  tensorboard  events?\.out\S*  wandb  curves  \S+\.(?:csv|jsonl|log)",
    r"code  scripts?  source  repo  notebook  \S+\.(?:py|ipynb)",
    r"configs?  configuration  hyper-?parameters  \S+\.ya?ml",
)
