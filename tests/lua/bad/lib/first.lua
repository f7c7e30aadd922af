local second = require "lib.second"
return { second = second }
