"""Fine-tuning for GUIs: data sets, synthetic screens, supervised training, adapters and the element detector.

Everything here is behind the extra `train` and the commands `agent data …` and `agent train …`.
"""
