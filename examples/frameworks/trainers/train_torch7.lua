-- Torch7: a program, which is given the trial as arguments and prints JSON.
package.preload.xlua = function() return {} end -- of which optim wants a progress bar
require 'torch'
require 'nn'
require 'optim'

local learning_rate, momentum, epochs, seed = tonumber(arg[1]), tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4])
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(seed + 1)
torch.setnumthreads(1)

local function load(name)
  local inputs, labels = {}, {}
  for line in io.lines(os.getenv('DIGITS') .. '/' .. name) do
    local row = {}
    for value in line:gmatch('[^,]+') do row[#row + 1] = tonumber(value) end
    labels[#labels + 1] = table.remove(row, 1) + 1 -- classes count from 1
    inputs[#inputs + 1] = row
  end
  return torch.FloatTensor(inputs), torch.FloatTensor(labels)
end

local x, y = load('train.csv')
local x_dev, y_dev = load('dev.csv')
local net = nn.Sequential():add(nn.Linear(64, 64, false)):add(nn.BatchNormalization(64)):add(nn.ReLU())
net:add(nn.Linear(64, 10)):add(nn.LogSoftMax())
local criterion = nn.ClassNLLCriterion()
local params, gradient = net:getParameters()
-- Its dampening is by default the momentum.
local settings = {learningRate = learning_rate, momentum = momentum, dampening = 0}
for epoch = 0, epochs - 1 do
  local order, loss = torch.randperm(x:size(1)):long()
  net:training()
  for start = 1, x:size(1) - 63, 64 do
    local chosen = order:narrow(1, start, 64)
    local inputs, labels = x:index(1, chosen), y:index(1, chosen)
    optim.sgd(function()
      gradient:zero()
      local output = net:forward(inputs)
      loss = criterion:forward(output, labels)
      net:backward(inputs, criterion:backward(output, labels))
      return loss, gradient
    end, params, settings)
  end
  net:evaluate()
  local _, classes = net:forward(x_dev):max(2)
  local accuracy = classes:view(-1):float():eq(y_dev):sum() / y_dev:size(1)
  print(string.format('{"epoch": %d, "accuracy": %.6f, "loss": %.6f}', epoch, accuracy, loss))
  io.flush()
end
