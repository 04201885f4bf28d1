FROM base
COPY --from=extra more /more
RUN cat /base /more > /all
