"""Words of other trades, and of talk about a word, that no agent of this plugin is for."""

from __future__ import annotations

# Who says one of these speaks of training, whatever trade the data come from.
FIELD = r"""
    (?:py)?torch  jax  flax  optax  keras  tensorflow  deepspeed  fsdp  ddp  hugging ?face  peft
    epochs?  (?:train|training|val|validation|eval|test) (?:loss|acc|accuracy|set)  neural  nn
    adamw  sgd  rmsprop  muon  shampoo  gpus?  cuda  vram  tpus?  llms?  resnets?\S*  vit  mlp
    lstm  cnn  gan  vae  bert  gpt\S*  llama\S*  qwen  mistral  gemma  u-?net  yolo\w*  logits
    mnist  cifar\S*  imagenet  fine-?tun\w+  pre-?train\w*  back-?prop\w*  mini-?batch\w*
    hyper-?parameters  bf16  fp16  q-?lora  rlhf  orpo  kto  wandb  tensorboard  reward model
    diffusion model  \d+(?:\.\d+)?[mb][- ](?:params|parameters?|tokens|models?)
    """
# Matters that nobody trains a network on as he speaks of them so.
OTHER = r"""
    metabol\w+  allometr\w+  radioactiv\w+  isotopes?  half-?life  uranium  titrat\w+
    physics lab  copper  conductivit\w+  insulat\w+  thermodynam\w+  amplifiers?  oscilloscopes?
    pills?  weight[- ]loss  lose weight  side effects  hearing
    my (?:dog|cat|horse|puppy)'s  dogs?'?s? training  puppy  puppies  leash  obedience
    garmin  strava  fitbit  fitness app  workouts?  half-?marathon  jogg\w+  gym  yoga  treadmill
    railways?  locomotives?  (?:model|toy) trains?  train (?:stations?|tickets?)  timetables?  lego
    excel  spreadsheets?  libreoffice  google sheets  vba  power ?bi  sap  erp  invoices?
    purchase orders?  payroll  mortgage  tax(?:es)?  insurance  insured
    lawyers?  gdpr  article \d+  audits?  data protection  annual report  planning meetings?
    onboarding  workshops?  seminars?  stakeholders?  scrum  sprints?
    bootcamp  morale  gps  insurers?  sign this  conservation law  stairs?  kitchen scale
    kindergarten  anki  duolingo  piano  guitar  crossover  headphones?  mixing desk
    recipes?  oven  dough  knitting  yarn  gearbox  tyres?  brakes?  espresso  sourdough
    photoshop  lightroom  premiere  blender  figma  illustrator  unreal  shaders?  minecraft
    wordpress  shopify  nginx  kafka  redis  terraform  ansible  vpn  wi-?fi  outlook  bluetooth
    kotlin  c#  php  ruby  observer pattern  singleton  ansys  comsol  openfoam  cfd
    finite elements?  simulink  elections?  parliament
    """
# Trades whose data networks are trained on: these rule out only where no network is spoken of.
OF_DATA = r"""
    biolog\w+  species  ecolog\w+  organisms?  genes?  enzymes?  chemi\w+  reactors?  molecul\w+
    physics  steel  pressure  voltage  circuits?  motors?  turbines?  engines?  cars?  bikes?
    patients?  doctors?  diets?  calories  muscles?  knees?  blood  hair  skin  supplements?
    athletes?  football  soccer  tennis  swim\w*  marathon  coach(?:es|ing)?  climb(?:ers?|ing wall)
    warehouse  goods  inventory  customers?  revenue  marketing  sales  stocks?  portfolio  bonds?
    loans?  bank  inflation  crypto  premium  claims?  legal  contracts?  compliance
    meetings?  teams  managers?  employees?  hiring  child(?:ren)?  pupils?  teachers?  schools?
    homework  exams?  spanish  french  italian  language (?:learning|acquisition|course)
    garden\w*  plants?  soil  kitchen  houses?  rents?  roof  walls?  furniture  heating
    hotel  flights?  trip  tickets?  game  player  camera  lens  phone  iphone  printers?
    wife  husband  mother  father  sister  brother  daughter
    """
NETWORK = r"""
    (?:my|our|the|a|an|this) (?:\w+ ){0,3}?(?:model|network|net|classifier|detector|transformer)
    classifiers?  regressors?  forecaster  segmentation  optimi[sz]ers?  adam  loss  over-?fit\w*
    dataset  training data  embeddings?  policy  agent  dpo  lora  grpo
    """
# A question about the word or its history, or prose to be written about it.
TALK = r"""
    who (?:\w+ )?(?:wrote|invented|coined|published|came up|discovered|introduced|proposed)
    (?:which|what) year  etymolog\w*  pronounc\w+  (?:why is|why are) [^.?!]{0,40}called
    (?:is|are|was) (?:it |they )?(?:called|named) (?:that|so|after)  stands? for  named after
    (?:write|draft|need|for)(?: me| us)? (?:\w+ ){0,3}?(?:blog\w*|essay|tweet|newsletter|poem|joke)
    linkedin  press release  powerpoint  podcast  haiku  limerick  crossword  cover letter
    bibtex  citations?  (?:to|i|we) cite
    obituary  birthday  t-shirt  no technical details?  proof-?read\w*
    """
