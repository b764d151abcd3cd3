"""A trainer that knows no algorithm: sequences whose tokens carry weights and advantages, a model, a loop.

`batch` says what a sequence is, `learner` runs the model over a batch, `loop` takes the steps, `state` keeps them.
What the weights mean is the business of who makes the sequences: `model.training.sft` gives answers the weight 1.
"""
