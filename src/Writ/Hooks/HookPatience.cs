namespace Writ.Hooks;

/// <summary>
/// How long each layer of a hook waits for the one inside it, innermost first. An assistant takes a hook that is too
/// slow for a yes, so every layer has to give up, and say no, well before the one around it.
/// </summary>
public static class HookPatience
{
    /// <summary>What the hook grants the control plane, from its own start.</summary>
    public static TimeSpan Hook { get; } = TimeSpan.FromSeconds(4);

    /// <summary>What the configured line grants the hook.</summary>
    public static TimeSpan Line { get; } = TimeSpan.FromSeconds(8);

    /// <summary>What the assistant is told to grant the configured line.</summary>
    public static TimeSpan Assistant { get; } = TimeSpan.FromSeconds(20);
}
