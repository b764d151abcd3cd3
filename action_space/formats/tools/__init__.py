"""Computer-use tools that take one JSON object: Qwen's, Anthropic's, OpenAI's, and AgentCPM-GUI's compact one."""
