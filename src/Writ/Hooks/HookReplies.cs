using System.Buffers;
using System.Text;
using System.Text.Json;
using Writ.Requests;
using Writ.Wire;

namespace Writ.Hooks;

/// <summary>
/// What Claude Code is answered. Yes is exactly one JSON object and exit 0; no is said both ways it can be heard, as
/// deny JSON and as exit 2 with the sentence on standard error. The decision is always explicit, and never "ask". The
/// last field of every object is a mark, so that an answer that was cut off cannot pass for a whole one.
/// </summary>
public static class HookReplies
{
    /// <summary>How every whole answer ends; the configured wrapper looks for it.</summary>
    public const string Mark = ",\"writ\":\"end\"}";

    const int ExitPass = 0;
    const int ExitBlock = 2;
    const int SentenceMax = 2_000;

    /// <summary>Nothing to say to this event.</summary>
    public static HookAnswer Pass() => Answer(ExitPass, "", json => json.WriteBoolean("suppressOutput", true));

    /// <summary>Nothing to decide, and a sentence for the person in front.</summary>
    public static HookAnswer Tell(string sentence) =>
        Answer(ExitPass, "", json => json.WriteString("systemMessage", Bounded(sentence)));

    /// <summary>The tool may act as it asked to.</summary>
    public static HookAnswer Allow(string reason) => Answer(ExitPass, "", json =>
    {
        json.WriteStartObject("hookSpecificOutput");
        json.WriteString("hookEventName", "PreToolUse");
        json.WriteString("permissionDecision", "allow");
        json.WriteString("permissionDecisionReason", Bounded(reason));
        json.WriteEndObject();
    });

    /// <summary>The shell tool may act, with this command in place of its own; its other input stays.</summary>
    /// <param name="input">The tool's input as JSON text: an object, each field once.</param>
    public static HookAnswer AllowInstead(string input, string command, string reason) =>
        Answer(ExitPass, "", json =>
        {
            json.WriteStartObject("hookSpecificOutput");
            json.WriteString("hookEventName", "PreToolUse");
            json.WriteString("permissionDecision", "allow");
            json.WriteString("permissionDecisionReason", Bounded(reason));
            json.WriteStartObject("updatedInput");
            using (var before = JsonDocument.Parse(input))
                foreach (var field in before.RootElement.EnumerateObject())
                    if (field.NameEquals("command"))
                        json.WriteString("command", command);
                    else
                        field.WriteTo(json);
            json.WriteEndObject();
            json.WriteEndObject();
        });

    public static HookAnswer Deny(string happened, Refusal refusal) => Deny(happened, refusal.Code, refusal.Why);

    public static HookAnswer Deny(string happened, string code, string why)
    {
        var sentence = Bounded($"Writ: {why} [{code}]");
        return Answer(ExitBlock, sentence, json =>
        {
            if (happened is "PreToolUse" or "")
            {
                json.WriteStartObject("hookSpecificOutput");
                json.WriteString("hookEventName", "PreToolUse");
                json.WriteString("permissionDecision", "deny");
                json.WriteString("permissionDecisionReason", sentence);
                json.WriteEndObject();
            }
            else
            {
                json.WriteString("decision", "block");
                json.WriteString("reason", sentence);
            }
            // The kill switch also ends the assistant's loop, where the client listens to that.
            if (code is "session.stopped" or "session.killed")
            {
                json.WriteBoolean("continue", false);
                json.WriteString("stopReason", sentence);
            }
        });
    }

    /// <summary>People have to agree first: which request, who, and what to do then.</summary>
    public static HookAnswer DenyWaiting(RequestId request, Verdict verdict, string? carryLine)
    {
        var gates = string.Join("; ", verdict.Gates.Select(
            g => $"{g.Quorum} of team {g.Team} (rule {g.Policy}: {g.Reason})"));
        var then = carryLine is null
            ? "repeat the same call after approval"
            : $"repeat the same command after approval, or run: {carryLine} --wait";
        return Deny("PreToolUse", verdict.Code,
            $"request {request.Value} waits for approval by {gates}. Nothing was run; do not try another way: {then}.");
    }

    static HookAnswer Answer(int exit, string stderr, Action<Utf8JsonWriter> fields)
    {
        var output = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteString("writ", "end");
            json.WriteEndObject();
        }
        return new HookAnswer(exit, Encoding.UTF8.GetString(output.WrittenSpan), stderr);
    }

    static string Bounded(string sentence) =>
        sentence.Length <= SentenceMax ? sentence : string.Concat(sentence.AsSpan(0, SentenceMax - 3), "...");
}
