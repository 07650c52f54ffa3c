namespace Writ.Assistants;

/// <summary>What an assistant finds in its sandbox, at fixed places that nothing in there can change.</summary>
public static class AssistantPlaces
{
    /// <summary>The agents' socket of its own session.</summary>
    public const string SocketPath = "/run/writ/agent.sock";

    /// <summary>The folder of the client, which is on its search path.</summary>
    public const string ClientFolder = "/run/writ/bin";

    public const string ClientPath = ClientFolder + "/writ";

    public const string HomePath = "/home/agent";

    /// <summary>Where Claude Code looks for settings that its user cannot change.</summary>
    public const string ManagedSettingsPath = "/etc/claude-code/managed-settings.json";

    /// <summary>Those settings: its hooks are ours, and no others.</summary>
    public static string ManagedSettings { get; } =
        Hooks.HookSettings.With(null, Hooks.HookLine.Of(ClientPath, SocketPath), managed: true);
}
