"""The words that prompts are sorted by, and the words of other trades that rule them out."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache
def _pattern(words: str, text: str) -> re.Pattern[str] | None:
    """The words whose beginning stands in `text`; a pattern of all costs more than a hook may."""
    possible = [entry for entry in _entries(words) if _beginning(entry) in text]
    return re.compile(rf"\b(?:{'|'.join(possible)})\b") if possible else None


def _beginning(entry: str) -> str:
    """The letters that a match of `entry` begins with.

    >>> _beginning(r"warm-?ups?"), _beginning(r"(?:un)?stable"), _beginning(r"colou?rs")
    ('warm', '', 'colo')
    """
    for i, char in enumerate(entry):
        if not (char.isalnum() or char in " -_"):
            return entry[: i - 1] if char in "?*{" and i else entry[:i]
    return entry


def _entries(words: str) -> list[str]:
    parts = (part.strip() for line in words.split("\n") for part in line.split("  "))
    return [part for part in parts if part]


def _is_plain(entry: str) -> bool:
    return entry.replace("_", "a").isalnum()


def find(words: str, text: str, start: int = 0) -> re.Match[str] | None:
    """The first of `words`, whole, in `text`; two spaces or a new line stand between words.

    No word of a table is two patterns side by side: "a|b" stands in brackets.
    """
    pattern = _pattern(words, text)
    return None if pattern is None else pattern.search(text, start)


@lru_cache
def _by_kind(words: str) -> tuple[frozenset[str], tuple[str, ...], list[str], str]:
    """Plain words, beginnings of words, phrases, and the patterns that are left."""
    plain, beginnings, phrases, patterns = set(), [], [], []
    for entry in _entries(words):
        if _is_plain(entry):
            plain.add(entry)
        elif entry.endswith("s?") and _is_plain(entry[:-2]):
            plain |= {entry[:-2], entry[:-1]}
        elif entry.endswith("\\w*") and _is_plain(entry[:-3]):
            beginnings.append(entry[:-3])
        elif _is_plain(entry.replace(" ", "")):
            phrases.append(f" {entry} ")
        else:
            patterns.append(entry)
    return frozenset(plain), tuple(beginnings), phrases, "\n".join(patterns)


@lru_cache(1)
def _words_of(text: str) -> tuple[frozenset[str], str]:
    words = re.findall(r"\w+", text)
    return frozenset(words), f" {' '.join(words)} "


def mentions(words: str, text: str) -> bool:
    """Whether any of `words` stands in `text`: as `find`, without a pattern for what is plain."""
    plain, beginnings, phrases, patterns = _by_kind(words)
    said, spaced = _words_of(text)
    if not plain.isdisjoint(said) or any(phrase in spaced for phrase in phrases):
        return True
    if beginnings and any(word.startswith(beginnings) for word in said):
        return True
    return bool(patterns) and find(patterns, text) is not None


# Something is to be decided.
DECISION = r"""
    should  which  best  better  good  optimal  ideal  right  reasonable  sensible  recommend\w*
    suggest\w*  advi[cs]e  choos\w+  pick\w*  set(?:ting)? (?:up|the|my|a)  tun(?:e|ed|ing)  vs
    versus  compar\w+  instead of  worth  enough  switch\w*  increase  decrease  raised?  lower
    lowered  too (?:high|low|large|small|big|long|short|aggressive)
    how (?:many|much|big|large|long|far|high|small|low|often|do|does|can|would|to)
    what (?:\w+ ){0,3}?(?:do|for|works?|values?|range|rank)  need(?:s|ed)?  require[sd]?  fits?
    can (?:i|we)  does it  is it  do i  do we  makes? sense  rule of thumb  trade-?offs?
    difference  is (?:that|this)  \d\S* or \d\S*  memory  vram  \S+ or \S+  sane  practical
    wie (?:viele?|gro\S+|lange|hoch)  welche\w*  sollte\w*  combien  quel(?:le)?s?  cu[aá]nt[oa]s?
    qu[eé] (?:tama\w+|valor)  debo  debería  dois-je  quale?  quant[oiae]
    """
ASKED = (
    r"\?|^\W*(?:(?:hey|hi|hello|so|ok|okay|and|but|also|quick question|question)\W+)*"
    r"(?:is|are|would|could|does|do|will|when|how|which|what|should|can (?!you\b)\w+)\b"
    r"|[,:;.!\n] ?(?:what|which|how|is|are|does|do i|should|would) \w"
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
    adapters?(?= (?:rank|training|weights?|layers?|into|tuning))
    merg\w+ (?:the |an? |my |our )?adapters?  nf4  rank \d+  \d[- ]bit adapters?  bitsandbytes
    unsloth  axolotl  trl  kto  ia3
    (?:dpo|grpo|sft|ppo|kto|orpo|reward)[ _-]?(?:trainer|config)  instruct[- ]?tun\w+
    (?:prefix|prompt|p|adapter)[- ]tuning  alpha ?= ?(?:\d ?\*? ?)?r  alpha (?:vs|to|over|and) r
    mask\w* (?:\w+ ){0,2}?prompt(?: tokens)?  (?:continued|continual) pre-?training
    fine-?tun\w+ (?:set|data|mix|mixture|corpus|examples)  domain adapt\w+  linear prob(?:e|ing)
    fine-?tun\w+ (?:\w+ ){0,3}?(?:base|chat|instruct|pre-?trained|embedding) (?:model|checkpoint)
    (?:keep|retain|preserv|los|forget)\w* (?:its|general) (?:\w+ )?(?:abilit|skill|capabilit)\w+
    (?:human|pairwise) (?:preferences?|votes)  chat template
    (?:un)?freez\w+ (?:the |our |my )?(?:\w+ )?(?:backbone|encoder|embeddings)
    (?:layers?|blocks?)(?: \w+){0,3} (?:un)?freez\w+  (?:un)?freez\w+(?: \w+){0,3} pre-?trained
    forget\w*[^.?!]{0,40}when (?:i|we) train\w*  (?:llama|qwen|mistral|gemma)\S* from forgetting
    teach (?:llama|qwen|mistral|gemma|phi|gpt)\S*
    (?:un)?freez\w+ (?:the )?(?:first|last|lower|bottom|top) (?:\w+ )?layers
    (?:adapt|teach) (?:an? |the |my |our )?(?:pre-?trained|base|chat) model
    full fine-?tune  catastrophic(?:ally)? forget\w*  full fine-?tun\w+
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
    (?:model|several|different) sizes  optimal n  l\(n, ?d  c ?= ?\d+e\d+  under-?trained
    \d+(?:\.\d+)?[bt] tokens  (?:data|tokens) or (?:more )?(?:parameters|params)
    model size  (?:bigger|larger|smaller) model
    scal(?:e|ing) (?:\w+ ){0,3}?(?:model|parameters|params|transformer|pre-?training)(?: up)?
    (?:how many|enough|more) (?:training )?(?:tokens|parameters|params)
    parameters? (?:vs|versus|and|or) (?:tokens|data)  \d+(?:\.\d+)?e\d\d flops?
    doubl\w+ the (?:params|parameters|tokens)  data for an? \d\S*[mb]
    (?:depth|width|shape|dataset|corpus)[^.?!]{0,50}\d[mb] (?:model|network)
    (?:depth|width|shape|dataset|corpus)[^.?!]{0,50}\d[mb] (?:decoder|encoder|transformer)
    emergent abilit\w+  tokens? (?:count|budget|horizon)  (?:total|active) param\w*
    data[- ](?:rich|limited|constrained|bound|starved)(?: regime)?  param\w* count
    (?:model|network|transformer|dataset|corpus) \S*x? ?(?:larger|bigger|smaller)
    \d+(?:\.\d+)?x (?:larger|bigger|smaller|wider|deeper) (?:model|network|transformer|dataset)
    \d+(?:\.\d+)?x (?:more )?(?:data|compute|tokens|param\w*)
    vocab\w* size[^.?!]{0,40}\d[bm]  vocab\w* size[^.?!]{0,40}scal\w+
    (?:scal\w+|pre-?train\w*|model)[^.?!]{0,60}from \d\S*[mb] to \d\S*[mb]
    (?:depth|deeper) (?:vs|versus|or|and) (?:width|wider)
    (?:width|wider) (?:vs|versus|or|and) (?:depth|deeper)
    (?:more|less) data (?:or|and|vs) (?:an? )?(?:\w+ )?(?:network|model|parameters)
    (?:what|which) loss (?:will|would|should|can)  how much data (?:\w+ ){0,4}?\d\S*[mb]\b(?= model)
    (?:what|which) (?:size|shape)(?: of)? (?:\w+ ){0,2}?(?:gpt|llm|lm|transformer|model|network)
    how (?:big|large)(?: an?| of an?)? (?:\w+ ){0,3}?(?:gpt|llm|lm)  pre-?train from scratch
    wie gro\S+ (?:\w+ ){0,3}?(?:modell|netz)\w*  wie viele (?:tokens?|parameter)
    quelle taille (?:\w+ ){0,3}?mod[eè]le  combien de (?:tokens?|param[eè]tres)
    qu[eé] tama\w+ (?:\w+ ){0,3}?(?:modelo|red)  cu[aá]ntos (?:tokens|par[aá]metros)
    (?:gpu|h100|a100)[- ](?:hours|days|budget)  repeat\w* (?:the |my |our )?(?:data|tokens|corpus)
    (?:irreducible|final|target) loss  power[- ]law
    """
SIZE = r"""
    \d+(?:\.\d+)?[bmk][- ](?:params?|parameters?)  \d+ params
    """
ALONE_SCALING = r"""
    scaling laws?  compute[- ]optimal\w*  iso-?flops?  chinchilla  tokens (?:per|to) param\w*
    mup  µp  μp  hyper-?parameter transfer
    (?:predict|extrapolat\w+|forecast|estimate) (?:\w+ ){0,4}?loss (?:if|of|at|for|when|from)
    """
NOT_SCALING = r"""
    prompts?  messages?  strings?  files?  documents?  functions?  methods?  endpoints?
    arguments?  download  kubernetes  k8s  pods?  auto-?scal\w+
    replicas?  server\w*  ec2  lambda  load balancer
    standard ?scaler  min-?max  feature scaling  font  images?  pixels?  svg  css  jwt  auth\w*
    api  access tokens?  csrf  pet  cage  tailwind  url  query  django  sql
    users  context window  max_tokens  openai  locally  laptop  macbook  ollama  llama\.cpp
    chatgpt  claude  session
    """
RATE = r"""
    learning[- ]rates?  peak lr  lrs?  lr_\w+  step size  adamw?  adam-?w  nadam  radam  sgd
    rmsprop  adagrad  adafactor  lamb  lion optimi[sz]er  muon  soap optimi[sz]er  shampoo
    sophia  (?:cosine|warm) restarts?  clip(?:ping)? at  schedule for  max_lr  min_lr  base_lr
    prodigy  lookahead  sam optimi[sz]er  ema decay
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
    bitcoin  trading  strategy  volume
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
    (?:add|make|need|want)(?: me)? an?  translate  convert  replac(?:e|ing)  swap  rewrite  exchange
    want (?:\w+ ){0,4}?is an?  code (?:me )?an?  i'd like an?  extend  wire up  migrate
    give me an?  assemble  prototype
    bau(?:e|en)?  schreib\w*  implementier\w*  erstell\w*  [eé]cri[st]  impl[eé]mente[rz]?
    escribe\w*  implementa\w*  crea  constru\w+  scrivi
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
    mixed precision  gradient checkpointing  algorithm from  from ["“][^"”]{5,60}["”]
    rope  kv[- ]cache  siamese network  classifier  nn  tagger  (?:un)?conditional gan
    (?:triton|cuda|fused) (?:\w+ )?kernels?  (?:multi-?task|multi-?modal|seq2seq|language) model
    (?:layer|rms|group|batch)[ -]?norm  swiglu  gelu  (?:grouped|multi)-?query  lora layer
    (?:shared|text|image|audio|vision|transformer) (?:encoder|decoder)
    (?:contrastive|triplet|focal|distillation|info-?nce|ctc|perceptual|dpo|ppo|gan) loss
    (?:data ?loader|sampler|collator|tokenizer) (?:for|that|with)  perceiver  wavenet
    dqn  recommender  beam search  text-to-\w+ model  (?:speech|detection|segmentation) model
    (?:ppo|sac|a2c|grpo|dpo) (?:agent|trainer|loop|from)  word2vec  wav2vec
    trainings?(?:pipeline|skript|schleife|loop|code)  netz\w*  r[eé]seau\w*  red neuronal
    (?:script|boucle|bucle) (?:de |d')entr\S+  distributed training  trainer (?:class|for|with|that)
    """
NOT_MADE = r"""
    progress bar  commit message  methods section  to markdown  wheel
    login  form  front-?end  react  vue  css  html  button  page  website  rest api  endpoint
    database  sql  ci  github actions  jenkins  airflow  deploy\w*  docker\w*  kubernetes  chatgpt
    openai  microservice\w*  software architecture  event-?driven  readme  slides?  blog  essay
    summary  (?:write|add|create|missing|need) (?:\w+ ){0,2}?tests?  newspaper  wallpaper  toilet
    class diagram  django  pydantic  orm  sqlalchemy  domain model  3d model  data model  raft
    paxos  voltage  electrical
    java  kotlin  swift  c#  php  ruby  golang  gof  regex  excel  slack  discord  telegram  invoice
    parser  chart  letter  speech for  mp4  review  rebuttal  reply  abstract for  related work
    introduction  planes?
    """
FAST = (
    r"\b(?:improve|speed(?:ing)? up|accelerat\w+|faster|reduc\w+|optimi[sz]\w+|lower|cut|slow|halve"
    r"|quanti[sz]\w+|compile|latency|throughput)\b[^.!?\n]{0,50}"
    r"\b(?:inference|model latency|serving the model|forward pass|generation speed|decoding"
    r"|tokens? per second|prediction time|predictions?)\b"
    r"|\b(?:inference|forward pass|decoding|generation)\b[^.!?\n]{0,40}"
    r"\b(?:faster|slow|speed\w*|latency|throughput|too long|quicker|ms|real[- ]time)\b"
    r"|\b\d+(?:\.\d+)? ?ms\b[^.!?\n]{0,40}\binference\b"
    r"|\b(?:inference|forward pass|decoding)\b[^.!?\n]{0,60}"
    r"\b(?:bottleneck|below|under|torch\.compile|tensorrt|onnx|vllm)\b"
    r"|\b(?:quanti[sz]e|distil\w*|export(?:able)?)\b[^.!?\n]{0,60}\b(?:int8|onnx|tensorrt|torchscript)\b"
    r"|\b(?:serve|predict\w*|respond)\b[^.!?\n]{0,30}\b(?:under|below|in) \d+ ?ms\b"
    r"|\bprune (?:\w+ ){0,3}?(?:model|net|network|heads|weights|layers|res-?net\w*|bert)\b"
)
# The paper is told first, then what is to be done with it.
PAPER_FIRST = (
    r"\b(?:paper|arxiv\S*)\b[^?]{0,60}"
    r"\b(?:write|implement|build|reproduce|replicate|code it|code up)\b"
)
NOT_FAST = r"""
    (?:type|causal|bayesian|statistical) inference  typescript  sql  video  pdf  codec  json  ssr
    page
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
