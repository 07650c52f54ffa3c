using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Writ.EndToEnd.Tests.Hooks;

/// <summary>One thing the scripted model does: call a tool.</summary>
sealed record ToolStep(string Tool, JsonObject Input);

/// <summary>
/// A model that does what it is told: an Anthropic Messages endpoint on loopback that calls one tool after the other
/// and
/// keeps what it was told about each.
/// </summary>
sealed class ScriptedModel : IAsyncDisposable
{
    readonly ToolStep[] _steps;
    readonly WebApplication _app;
    string _tree = "TREE";

    ScriptedModel(ToolStep[] steps)
    {
        _steps = steps;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapPost("/v1/messages", Answer);
        _app.MapFallback(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    public string Url => _app.Urls.Single();

    /// <summary>What the word TREE in its steps stands for, where that is known only later.</summary>
    public void Place(string tree) => _tree = tree;

    /// <summary>What the model was told each call came to, by the number of the step.</summary>
    public ConcurrentDictionary<int, string> Results { get; } = new();

    public static async Task<ScriptedModel> Start(params ToolStep[] steps)
    {
        var model = new ScriptedModel(steps);
        await model._app.StartAsync();
        return model;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    async Task Answer(HttpContext context)
    {
        var asked = await JsonNode.ParseAsync(context.Request.Body) ?? throw new JsonException("empty");
        var results = asked["messages"]!.AsArray()
            .Where(m => m!["role"]!.GetValue<string>() == "user" && m["content"] is JsonArray)
            .SelectMany(m => m!["content"]!.AsArray())
            .Where(c => c!["type"]?.GetValue<string>() == "tool_result").ToList();
        foreach (var result in results)
            if (int.TryParse(result!["tool_use_id"]!.GetValue<string>().Split('_')[^1], out var step))
                Results[step] = result["content"]!.ToJsonString();
        // Side questions (a title, a summary) come without tools.
        var acts = asked["tools"] is JsonArray { Count: > 0 } && results.Count < _steps.Length;
        context.Response.ContentType = "text/event-stream";
        await Send(context, "message_start", """
            {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"scripted","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}
            """);
        if (acts)
        {
            var step = _steps[results.Count];
            await Send(context, "content_block_start", $$$"""
                {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_{{{results.Count}}}","name":"{{{step.Tool}}}","input":{} } }
                """);
            await Send(context, "content_block_delta", new JsonObject
            {
                ["type"] = "content_block_delta",
                ["index"] = 0,
                ["delta"] = new JsonObject
                {
                    ["type"] = "input_json_delta",
                    ["partial_json"] =
                    step.Input.ToJsonString().Replace("TREE", _tree, StringComparison.Ordinal)
                },
            }.ToJsonString());
        }
        else
        {
            await Send(context, "content_block_start",
                """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");
            await Send(context, "content_block_delta",
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"done"}}""");
        }
        await Send(context, "content_block_stop", """{"type":"content_block_stop","index":0}""");
        await Send(context, "message_delta", $$$"""
            {"type":"message_delta","delta":{"stop_reason":"{{{(acts ? "tool_use" : "end_turn")}}}","stop_sequence":null},"usage":{"output_tokens":1} }
            """);
        await Send(context, "message_stop", """{"type":"message_stop"}""");
    }

    static Task Send(HttpContext context, string name, string data) =>
        context.Response.WriteAsync($"event: {name}\ndata: {data.Trim()}\n\n");
}
