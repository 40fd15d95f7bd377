#!/bin/sh
# The client runs this in the folder in which the model is to work.
cp -R "$(dirname "$0")"/files/. .
