--[[
  Keeps the later of two ballots: the higher term's, and in one term the first vote.

  ARGV[1]  term, an integer
  ARGV[2]  node id voted for, "" for none

  Returns { term, node id or "" } as held afterwards. The HDEL lets a node vote at the memory limit
  too (see apply.lua).
]]
local term, vote = unpack(redis.call("HMGET", "meta", "term", "voted_for"))
term, vote = term or "0", vote or ""
local asked, held = tonumber(ARGV[1]), tonumber(term)
if asked > held or (asked == held and vote == "" and ARGV[2] ~= "") then
  term, vote = ARGV[1], ARGV[2]
  redis.call("HDEL", "meta", "term", "voted_for")
  redis.call("HSET", "meta", "term", term, "voted_for", vote)
end
return { term, vote }
