"""A bundled task as a Gymnasium environment: for reinforcement learning, or for a policy of your own.

python examples/gymnasium_env.py
"""

import gymnasium

import envs.gymnasium
from action_space import Click, Finished

env = gymnasium.make("GuiAgent/demo.wish_su7-v0")
seen, _ = env.reset(seed=1)
print(seen["instruction"])
print("screenshot", seen["screenshot"].shape)

names = env.unwrapped.names
for action in (Click(start_point=(640, 400)), Finished()):
    seen, reward, terminated, truncated, info = env.step(envs.gymnasium.encode(names, action))
    print(action.action, "reward", reward, "terminated", terminated, info.get("verdict", ""))
env.close()
